/**
 * Look and behaviour of the page: system fonts, dark on white, and a script that sorts tables. Nothing is loaded.
 * @module
 */

export const STYLE = `
:root { color: #1f2d3a; background: #f3f5f7; font: 14px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
body { max-width: 1180px; margin: 0 auto; padding: 28px 32px 64px; background: #fff; }
header { border-bottom: 2px solid #1f2d3a; padding-bottom: 12px; margin-bottom: 20px; }
h1 { font-size: 24px; margin: 0 0 4px; }
h2 { font-size: 17px; margin: 36px 0 8px; padding-bottom: 4px; border-bottom: 1px solid #d9e0e6; }
h3 { font-size: 14px; margin: 18px 0 6px; }
p { margin: 6px 0 10px; max-width: 76ch; }
.note { color: #55636f; font-size: 12.5px; }
.verdict { display: flex; flex-wrap: wrap; gap: 10px; margin: 14px 0; }
.verdict div { border: 1px solid #d9e0e6; border-left: 4px solid #8796a3; padding: 8px 14px; min-width: 120px; }
.verdict b { display: block; font-size: 20px; font-variant-numeric: tabular-nums; }
.verdict .good { border-left-color: #1f7a4d; } .verdict .bad { border-left-color: #b3261e; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 9px; text-align: right; border-bottom: 1px solid #e6ebef; white-space: nowrap; vertical-align: top; }
th { border-bottom: 1.5px solid #8796a3; font-weight: 600; background: #fff; }
.text { text-align: left; } td.text { white-space: normal; overflow-wrap: anywhere; min-width: 10ch; }
.sortable th { cursor: pointer; } .sortable th[aria-sort]::after { content: " ▾"; } .sortable th[aria-sort=ascending]::after { content: " ▴"; }
.low { background: #fdecea; } .small { color: #55636f; font-size: 12px; }
.loss { color: #b3261e; font-weight: 600; } .gain { color: #1f7a4d; font-weight: 600; }
.failures { border-left: 4px solid #b3261e; padding-left: 14px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(440px, 1fr)); gap: 14px 24px; }
svg { width: 100%; height: auto; } svg text { font: 11.5px system-ui, Arial, sans-serif; fill: #1f2d3a; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); gap: 18px; }
figure { margin: 0; border: 1px solid #d9e0e6; break-inside: avoid; } figure img { width: 100%; display: block; background: #000; }
figcaption { padding: 8px 10px; font-size: 12.5px; }
.key { display: inline-block; width: 22px; height: 0; border-top: 3px solid; vertical-align: middle; margin-right: 5px; }
code { font: 12px ui-monospace, Consolas, monospace; overflow-wrap: anywhere; }
@media print {
  @page { size: A4; margin: 14mm; }
  :root, body { background: #fff; font-size: 10.5px; } body { padding: 0; max-width: none; }
  table { font-size: 9px; } th, td { padding: 2px 4px; } thead { display: table-header-group; } tr, svg { break-inside: avoid; }
  h2, h3 { break-after: avoid; } .scroll { overflow: visible; } .charts { grid-template-columns: 1fr 1fr; } .gallery { grid-template-columns: 1fr 1fr; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
`;

export const SCRIPT = `
document.querySelectorAll('table.sortable').forEach(function (table) {
  table.querySelectorAll('th').forEach(function (head, column) {
    head.addEventListener('click', function () {
      var order = head.getAttribute('aria-sort') === 'ascending' ? 'descending' : 'ascending';
      table.querySelectorAll('th').forEach(function (other) { other.removeAttribute('aria-sort'); });
      head.setAttribute('aria-sort', order);
      var key = function (row) { var cell = row.cells[column]; return cell.dataset.sort !== undefined ? cell.dataset.sort : cell.textContent; };
      var body = table.tBodies[0];
      Array.from(body.rows).sort(function (a, b) {
        var x = key(a), y = key(b), n = Number(x) - Number(y);
        if (x === '' || y === '') return x === y ? 0 : x === '' ? 1 : -1;
        return (isNaN(n) ? x.localeCompare(y) : n) * (order === 'ascending' ? 1 : -1);
      }).forEach(function (row) { body.appendChild(row); });
    });
  });
});
`;
