/** What happens to a page that its engine should know: the network is gone or back, the page is seen again, or is put to sleep. */

type Place = Pick<EventTarget, 'addEventListener' | 'removeEventListener'>

/** Who hears of it. @internal */
export interface LifeHost {
  /** The network is back, or somebody looks: what waits out a pause need not wait. */
  awake(): void
  /** The network is gone, which a socket may not find out for long. */
  lost(): void
  /** The page may not run for a while, or never again. */
  asleep(): void
  /** It runs again. */
  resumed(): void
}

/** Whether nobody can see this page: its timers are late then, by a second or a minute. @internal */
export function isHidden(): boolean {
  const { document } = globalThis as { document?: Document }
  return document?.visibilityState === 'hidden'
}

/** Listens to the life of the page, or of the worker, until the function that is returned is called. @internal */
export function follow(host: LifeHost): () => void {
  const undo: (() => void)[] = []
  const on = (place: Place | undefined, name: string, hear: (event: Event) => void): void => {
    place?.addEventListener(name, hear)
    undo.push(() => place?.removeEventListener(name, hear))
  }
  const self = globalThis as unknown as Place & { readonly document?: Document }
  const { document } = self
  on(self, 'online', () => { host.awake() })
  on(self, 'offline', () => { host.lost() })
  on(document, 'visibilitychange', () => {
    if (!isHidden()) host.awake()
  })
  on(document, 'freeze', () => { host.asleep() })
  on(document, 'resume', () => { host.resumed() })
  on(self, 'pagehide', () => { host.asleep() })
  on(self, 'pageshow', (event) => {
    if ((event as PageTransitionEvent).persisted) host.resumed()
  })
  return () => { for (const each of undo.splice(0)) each() }
}
