/** Which function is called when a handle has something to drain, and what ends a handle that nobody holds. */

import { backend } from '../native.js'

/** What is called, and the handle with it: as long as somebody wants to be woken, the handle stays. */
const wakes = new Map<number, { readonly handle: object; readonly wake: () => void }>()

/** The number under which handles of this environment are made. @internal */
export const environment: number = backend.start((number) => {
  wakes.get(number)?.wake()
})

/** Has a function called when the handle has something to drain, or none. @internal */
export function setWake(handle: object, number: number, wake: (() => void) | undefined, listen: (on: boolean) => void): void {
  if (wake === undefined) wakes.delete(number)
  else wakes.set(number, { handle, wake })
  listen(wake !== undefined)
}

/** A handle that was not closed is closed some time after nobody can reach it any more. Not to be relied upon. */
const lost = new FinalizationRegistry<() => void>((close) => {
  try {
    close()
  } catch {
    // A poisoned handle has nothing left to say, and nobody would hear it.
  }
})

/** @internal */
export function watch(handle: object, close: () => void): void {
  lost.register(handle, close, handle)
}

/** The handle was closed. @internal */
export function forget(handle: object, number: number): void {
  lost.unregister(handle)
  wakes.delete(number)
}
