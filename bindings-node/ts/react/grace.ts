/** How long what nobody shows any more is kept, in case it is shown again at once. */

/** Milliseconds. @internal */
export const GRACE_MS = 1_000
