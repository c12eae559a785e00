/** Which of TypeScript's types are JSON. */

import type { Json } from './handle.js'

/**
 * `T` where all of it can be stored as JSON, `never` elsewhere.
 *
 * Interfaces are not assignable to `Json` for want of an index signature; members are looked at one by one instead.
 */
export type Storable<T> = T extends Json
  ? T
  : T extends undefined | symbol | bigint | ((...args: never[]) => unknown)
    ? never
    : T extends object
      ? { [Member in keyof T]: Storable<T[Member]> }
      : never
