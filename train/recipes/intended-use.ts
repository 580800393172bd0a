/**
 * What a card says a model is for, unless its makers can say more.
 * @module
 */

export const RESEARCH_ONLY =
  'Research and comparison of published methods only; it is no medical device and must not be used for diagnosis or treatment.';
