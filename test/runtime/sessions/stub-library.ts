/**
 * A shared object for linux on x64 that holds nothing: it loads, by its name, as a library of NVIDIA's does, and has not one
 * function. Source: the System V ABI, "Object Files" and its supplement for AMD64.
 */
const [ELF_HEADER, PROGRAM_HEADER, SYMBOL, DYNAMIC_ENTRY] = [64, 56, 24, 16];
/** Program headers: what is loaded, where the dynamic section is, and that the stack needs not be executable. */
const [PT_LOAD, PT_DYNAMIC, PT_GNU_STACK] = [1, 2, 0x6474e551];
const READ_WRITE = 6;
const [DT_NULL, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_SYMENT, DT_SONAME] = [0, 5, 6, 10, 11, 14];

/** @param name - What the library calls itself: who asks for the name later gets what is loaded. */
export function stubLibrary(name: string): Buffer {
  const names = Buffer.from(`\0${name}\0`, 'latin1');
  const symbolsAt = ELF_HEADER + 3 * PROGRAM_HEADER;
  const namesAt = symbolsAt + SYMBOL;
  const dynamicAt = Math.ceil((namesAt + names.length) / 8) * 8;
  const dynamic = [
    [DT_SONAME, 1],
    [DT_STRTAB, namesAt],
    [DT_SYMTAB, symbolsAt],
    [DT_STRSZ, names.length],
    [DT_SYMENT, SYMBOL],
    [DT_NULL, 0],
  ] as const;
  const file = Buffer.alloc(dynamicAt + dynamic.length * DYNAMIC_ENTRY);
  // 64 bits, little endian, version 1; a shared object (3) for x86-64 (62).
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(file);
  file.writeUInt16LE(3, 16);
  file.writeUInt16LE(62, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(ELF_HEADER), 32);
  file.writeUInt16LE(ELF_HEADER, 52);
  file.writeUInt16LE(PROGRAM_HEADER, 54);
  file.writeUInt16LE(3, 56);
  const segments = [
    { type: PT_LOAD, at: 0, bytes: file.length, align: 4096 },
    { type: PT_DYNAMIC, at: dynamicAt, bytes: dynamic.length * DYNAMIC_ENTRY, align: 8 },
    { type: PT_GNU_STACK, at: 0, bytes: 0, align: 16 },
  ];
  for (const [n, { type, at, bytes, align }] of segments.entries()) {
    const header = ELF_HEADER + n * PROGRAM_HEADER;
    file.writeUInt32LE(type, header);
    file.writeUInt32LE(READ_WRITE, header + 4);
    // Offset in the file, virtual and physical address; size in the file and in memory; alignment.
    for (const [field, value] of [at, at, at, bytes, bytes, align].entries())
      file.writeBigUInt64LE(BigInt(value), header + 8 + 8 * field);
  }
  names.copy(file, namesAt);
  for (const [n, [tag, value]] of dynamic.entries()) {
    file.writeBigUInt64LE(BigInt(tag), dynamicAt + n * DYNAMIC_ENTRY);
    file.writeBigUInt64LE(BigInt(value), dynamicAt + n * DYNAMIC_ENTRY + 8);
  }
  return file;
}
