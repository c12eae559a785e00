/** Which tab leads, and which tabs are there: by the locks of the browser, which end with their tab whatever happens to it. */

/** A lock that is held. @internal */
export interface Held {
  /** Gives it back. */
  release(): void
  /** Ends when it is gone: given back, or taken by another tab. */
  readonly lost: Promise<void>
}

/** Whether the platform has locks and channels. @internal */
export function canShare(): boolean {
  const { navigator, BroadcastChannel: Channel } = globalThis as { navigator?: Navigator; BroadcastChannel?: unknown }
  return navigator?.locks !== undefined && Channel !== undefined
}

function hold(name: string, options: LockOptions): Promise<Held | undefined> {
  return new Promise((resolve, reject) => {
    let release = (): void => {}
    const held = navigator.locks.request(name, options, (lock) => {
      if (lock === null) {
        resolve(undefined)
        return undefined
      }
      return new Promise<void>((end) => {
        release = end
        resolve({
          release: () => { release() },
          // Taken away, it ends with an error, which says nothing more.
          lost: Promise.resolve().then(() => held).then(() => {}, () => {}),
        })
      })
    })
    held.catch(reject)
  })
}

/** The lock, if nobody holds it, or all who do share it as this one does. @internal */
export function tryLock(name: string, mode: LockMode = 'exclusive'): Promise<Held | undefined> {
  return hold(name, { ifAvailable: true, mode })
}

/** The lock, when whoever holds it gives it back or ends. Rejected with the signal's reason. @internal */
export async function waitLock(name: string, signal: AbortSignal): Promise<Held> {
  return (await hold(name, { signal })) as Held
}

/** The lock, taken away from whoever holds it. @internal */
export async function stealLock(name: string): Promise<Held> {
  return (await hold(name, { steal: true })) as Held
}
