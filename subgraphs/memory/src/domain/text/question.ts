/** Whether a text mostly asks: it ends in a question and says little else. Answers are told elsewhere. */
export function isQuestion(text: string): boolean {
  const sentences = text.split(/(?<=[.!?])\s+/).filter((sentence) => sentence !== '');
  return sentences.at(-1)?.endsWith('?') === true;
}
