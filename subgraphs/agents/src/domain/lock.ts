/** Says that one holder, and nobody else, may do what the name stands for, until the lease ends. */
export interface Lock {
  name: string;
  holder: string;
  /** Greater for each new holder, also after a release; digits, since it has 64 bits. */
  fencingToken: string;
  expiresAt: Date;
}
