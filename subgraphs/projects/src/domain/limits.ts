const MiB = 1024 * 1024;

/** What a project may be at most: enough for nearly every repository, small enough to hold one in memory. */
export const limits = {
  files: 50_000,
  /** Of all files together, also of those whose contents are not kept. */
  totalBytes: 256 * MiB,
  /** Contents above this are listed but not kept: nothing that is written by hand is as long. */
  keptFileBytes: 4 * MiB,
  /** An archive as it is sent, before it is unpacked. */
  archiveBytes: 64 * MiB,
  /** Everything that a Git server may send for one clone. */
  gitBytes: 128 * MiB,
  gitMs: 90_000, // 90 seconds: a request has two minutes in all
  pathLength: 1024,
  segmentLength: 255,
} as const;
