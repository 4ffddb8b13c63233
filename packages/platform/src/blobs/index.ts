export { requireBlobKey, requireBlobPrefix } from './blob-key.js';
export type { BlobBody, BlobInfo, BlobRange, BlobStore, StoredBlob } from './blob-store.js';
export { FileBlobStore } from './file-blob-store.js';
