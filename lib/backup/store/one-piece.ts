// Bytes in hand as content.

export async function* onePiece(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}
