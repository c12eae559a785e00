// What TypeScript takes, and what it refuses. Compiled by a test, never run.

import {
  type Change,
  type Client,
  connect,
  DenyError,
  KEEP_MINE,
  type Room,
  type RoomReader,
  Server,
  type ServerSocket,
  type StandardSocket,
  type Verdict,
  type ViewRequest,
  type Views,
  type WsSocket,
} from 'syncline'
import { type ElementState, observe, observeAll } from 'syncline/element'
import { ClientHandle } from 'syncline/handle'
import { bind, type Cursor, each, fragment, h, html, raw, Screen, type Shown, View, watch } from 'syncline/views'
import { WebSocket, WebSocketServer } from 'ws'

interface User {
  name: string
  age?: number
  tags: string[]
}

export async function client(): Promise<Client> {
  const client = await connect('ws://localhost:8080', {
    token: async () => 'secret',
    storage: './outbox',
    debounce: { quiet_ms: 5 },
    limits: { value_bytes: 1_000 },
    timing: { idle_ms: 1_000 },
    resolvers: { 'stock/': 'three_way', 'price/': 'ask', title: ({ mine, theirs }) => (mine === theirs ? KEEP_MINE : 'both') },
    log: ({ level, event, message }) => {
      console.log(level, event, message)
    },
    WebSocket,
  })
  await connect(new URL('wss://sync.example'), { WebSocket: globalThis.WebSocket })

  // @ts-expect-error no such option
  await connect('ws://localhost', { storge: './outbox' })
  // @ts-expect-error a limit is a number
  await connect('ws://localhost', { limits: { value_bytes: '1' } })
  // @ts-expect-error no such resolver
  await connect('ws://localhost', { resolvers: { a: 'keep_ours' } })
  // @ts-expect-error a token is a string
  await connect('ws://localhost', { token: 7 })

  const room: Room = client.room('cart', { write: false })
  await room.ready
  const user: User = { name: 'Ada', tags: [] }
  room.set('user', user)
  room.set('list', [user, null, 1, 'x', true])
  room.merge('user', { age: null })
  room.insert('users', 0, user)
  // @ts-expect-error a function is no JSON
  room.set('f', () => 1)
  // @ts-expect-error nor is undefined
  room.set('u', undefined)
  // @ts-expect-error nor is a big integer
  room.set('b', 1n)
  // @ts-expect-error nor is an object with a function
  room.set('o', { f: () => 1 })
  // @ts-expect-error what is added is a number
  room.add('n', '1')

  const one: User | undefined = room.get<User>('user')
  const two: User = room.get('user', user)
  // @ts-expect-error there may be nothing
  const three: User = room.get<User>('user')
  const pairs: [string, number][] = room.entries<number>('n/')
  console.log(one, two, three, pairs)

  const verdict: Verdict = await room.set('a', 1).settled
  if (verdict.kind === 'applied') console.log(verdict.version)
  else if (verdict.kind === 'refused') console.log(verdict.mine, verdict.base, verdict.theirs, verdict.by?.settled)
  else console.log(verdict.code, verdict.edits)
  // @ts-expect-error only an applied edit has a version
  console.log(verdict.version)

  room.on('change', ({ keys, origin }) => {
    console.log(keys, origin === 'local')
  })
  room.on('refused', ({ mine, theirs }) => {
    console.log(mine, theirs)
  })
  client.on('failed', ({ error, retries }) => {
    console.log(error.message, retries)
  })
  // @ts-expect-error no such event
  room.on('chnage', () => {})
  // @ts-expect-error only a client fails
  room.on('failed', () => {})
  room.watch('stock/', ({ version }: Change) => {
    console.log(version)
  })
  for await (const { keys } of room.changes({ prefix: 'a', signal: AbortSignal.timeout(1) })) console.log(keys.length)

  room.batch((batch) => {
    batch.expect('a')
    batch.set('user', user)
    // @ts-expect-error a batch is written only
    batch.get('a')
  })
  const left: number = await client.flush({ timeout: 5_000 })
  console.log(left, client.metrics().latency.p50_ms, client.limits.frame_bytes)
  const full: boolean | undefined = client.flight()?.full
  // @ts-expect-error there is nothing without the option
  console.log(full, client.flight().bytes)
  return client
}

export async function server(): Promise<void> {
  await using server = new Server({
    policy: { 'stock/': 'strict' },
    origins: ['https://app.example'],
    authorizeTimeout: 5_000,
    viewTimeout: 5_000,
    authorize: async ({ token, room, request }) => {
      if (token === '') throw new DenyError('Unauthorized')
      console.log(request?.socket.remoteAddress)
      return { principal: token, write: room === 'cart' ? true : ['own/'] }
    },
  })
  // @ts-expect-error nobody would say who may do what
  new Server({})
  // @ts-expect-error no such policy
  new Server({ authorize: () => null, policy: { a: 'lax' } })
  // @ts-expect-error a grant says who it is
  new Server({ authorize: () => ({ write: true }) })
  // @ts-expect-error no such code
  new DenyError('Nope')

  new WebSocketServer({ port: 0 }).on('connection', (socket, request) => server.attach(socket, request))
  const socket = new WebSocket('ws://localhost') satisfies ServerSocket satisfies StandardSocket satisfies WsSocket
  new globalThis.WebSocket('ws://localhost') satisfies ServerSocket
  server.attach(socket)

  const forBrowsers = new Server<Request>({ authorize: ({ request }) => (request?.headers.get('cookie') ? { principal: 'a' } : null) })
  forBrowsers.attach(socket, new Request('http://localhost'))

  const room = server.room('cart')
  const version: number = await room.set('total', 15, { ifAbsent: true })
  const total: number | undefined = await room.get<number>('total')
  await room.edit(async (edit) => {
    edit.set('total', (edit.get<number>('total') ?? 0) + 1, { ifVersion: version })
  })
  // @ts-expect-error no such condition
  await room.set('total', 15, { ifOld: true })
  console.log(total)
  server.on('change', ({ room, keys, principals }) => {
    console.log(room, keys, principals)
  })
}

export function elements(room: Room, shadow: ShadowRoot): void {
  const element: Element = document.body
  using seen = observe(element, { room, key: 'a', root: element, debounce: { quiet_ms: 5 }, attributes: ['id'] })
  const state: ElementState = seen.getSnapshot()
  seen.subscribe(() => {
    console.log(state.attributes['id']?.length, state.classList.length, seen.error?.message, seen.status === 'roomClosed')
  })
  observe('p', { presence: room.presence, field: 'a', within: shadow, root: document, attributes: false })
  observe(new DOMParser().parseFromString('<svg/>', 'image/svg+xml').documentElement)
  const all = observeAll('li', { room, prefix: 'a/', id: (element) => element.closest('ul')?.id ?? '' })
  console.log(all.observations.get('a')?.value.exists, room.get<ElementState>('a'))
  // @ts-expect-error a room has keys
  observe('p', { room })
  // @ts-expect-error one target only
  observe('p', { room, key: 'a', presence: room.presence, field: 'a' })
  // @ts-expect-error a text is no element
  observe(document.createTextNode('a'))
  // @ts-expect-error attributes are named, or none are
  observe('p', { attributes: true })
  // @ts-expect-error a state is read only
  seen.value.exists = true
}

export async function ends(): Promise<void> {
  using one = await connect('ws://localhost')
  await using two = await connect('ws://localhost')
  using room = two.room('cart')
  console.log(one.closed, room.name)
  ClientHandle.automatic({ durable: false }).drain().map(({ kind }) => kind)
}

export async function viewsOfRooms(room: Room): Promise<void> {
  const views: Views = {
    cart: async (request: ViewRequest) => {
      const menu: RoomReader = await request.of('menu')
      return h('p', null, menu.get<string>('tea', 'no'), request.get<number>('n') ?? 0, request.view)
    },
    none: () => undefined,
  }
  const server = new Server({ authorize: () => null, views })
  server.on('viewFailed', ({ room, view, error }) => console.log(room, view, error))
  await server.room('cart').touchView('cart')
  const told: string = await server.html('cart', 'cart')
  // @ts-expect-error a view is rendered by a function
  new Server({ authorize: () => null, views: { cart: 'cart' } })
  using view = watch(room, 'cart')
  await view.ready
  view.on('change', ({ bytes }) => bytes.length)
  view.on('ended', ({ code }) => code)
  // @ts-expect-error no such event
  view.on('changed', () => {})
  const right: number = view.metrics().right
  console.log(view.html(), right, told)
}

export function views(): Cursor {
  using view = new View('page', { epoch: '0000000000000001' })
  const rows = [{ id: 1, name: 'tea' }]
  const list = each(rows, ({ id }) => id, (row, nth) => html`<li class=${nth}>${row.name}</li>`)
  const count = bind('count', 1, { room: 'cart', map: ['round', ['after', ' items']] })
  const open = bind('open', false, { cases: [[true, h('b', null, 'menu')]] })
  const items = bind('items', [], { each: { key: [['get', 'id']], item: html`<li>${[['get', 'name']]}</li>` } })
  const page: Shown = h('main', { class: 'a', '.value': { a: 1 } }, list, count, open, items, fragment('a', null), h('p', null, raw('<b>')))
  const changed: boolean = view.render(page)
  view.render(html`<p>${changed}</p>`)
  view.render(null)
  // @ts-expect-error what is shown is made by html, h, fragment or bind
  view.render('text')
  // @ts-expect-error no such option
  new View('page', { name: 'x' })
  // @ts-expect-error a key is text or a number
  each(rows, () => ({}), () => '')
  // @ts-expect-error attributes come before children
  h('p', 'text')
  // @ts-expect-error a value is JSON
  bind('count', () => 1)
  // @ts-expect-error no such option
  bind('count', 1, { mapp: [] })

  const screen = new Screen()
  const frame: Uint8Array = view.frame(screen.cursor)
  screen.take(frame)
  screen.predict(1, 'count', 2, 'cart')
  const change: Uint8Array | undefined = screen.change()
  // @ts-expect-error there may be none
  const bytes: Uint8Array = screen.change()
  console.log(change, bytes, screen.metrics().hit_rate)
  return screen.cursor
}
