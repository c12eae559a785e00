/** What views and screens ask of the engine: numbers, texts and bytes cross, as in `Backend`. */

/** The functions of views and screens. @internal */
export interface ViewBackend {
  viewNew(env: number, name: string, epoch: string): number
  viewFree(view: number): void
  viewTag(view: number, name: string): number
  viewAttribute(view: number, name: string): number
  viewHarmless(name: string, value: string): string
  /** The number of the template, and what may be in each of its slots. */
  viewTemplate(view: number, pieces: readonly string[]): number[]
  viewBind(view: number, json: string): number
  viewTell(view: number, binding: number, json: string | undefined, slot: number): string | null | Uint8Array
  viewRenderJson(view: number, json: string): boolean
  /** Drafts at the front of a buffer; gives twice how many bytes the tree takes, and 1 more if it is another. */
  viewAbsorb(view: number, buffer: Uint8Array, lengths: readonly number[]): number
  viewRoots(view: number): number
  viewRevision(view: number): number
  /** How many bytes were written into the buffer, or bytes for which it is too small. */
  viewFrame(view: number, epoch: string, revision: number, buffer: Uint8Array): number | Uint8Array
  viewFrameJson(view: number, epoch: string, revision: number): string
  viewHtml(view: number): string
  viewJson(view: number): string
  screenNew(env: number): number
  screenFree(screen: number): void
  screenTake(screen: number, frame: Uint8Array): void
  screenChange(screen: number): Uint8Array | undefined
  screenPredict(screen: number, edit: number, room: string | undefined, key: string, json: string): void
  screenSettle(screen: number, edit: number): void
  screenUndo(screen: number, edit: number): void
  screenObserve(screen: number, room: string | undefined, key: string, before: string, after: string): void
  screenEpoch(screen: number): string
  screenRevision(screen: number): number
  screenHtml(screen: number): string
  screenMetrics(screen: number): string
  clientWatch(client: number, room: number, name: string): number
  clientUnwatch(client: number, view: number): void
  clientViewChange(client: number, view: number): Uint8Array | undefined
  clientViewHtml(client: number, view: number): string
  clientViewMetrics(client: number, view: number): string
  serverRoomOpenForView(server: number, room: number, name: string, other: string): number
  serverRoomShow(server: number, room: number, name: string, view: number): void
  serverRoomKeepView(server: number, room: number, name: string): void
  serverRoomEndView(server: number, room: number, name: string, code: string): void
  serverRoomTouchView(server: number, room: number, name: string): void
}
