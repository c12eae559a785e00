/** Views of rooms: what a server renders is shown by its clients, and so is what follows from their edits. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { ClosedError, DenyError, Server, SynclineError } from 'syncline'
import { ClientHandle, ServerHandle } from 'syncline/handle'
import { bind, ClientViews, each, h, html, RoomView, View, watch } from 'syncline/views'

import { directory, meet } from '../support/world.js'

const row = ([, name]) => html`<li>${name}</li>`
const cart = (request) =>
  html`<main><h1>${bind('title', request.get('title'))}</h1><ul>${each(request.entries('items/'), ([key]) => key, row)}</ul></main>`

/** Waits until a view shows this. */
async function shows(view, wanted) {
  while (view.html() !== wanted) {
    await new Promise((resolve) => view.once('change', resolve))
  }
}

function deferred() {
  let resolve
  const promise = new Promise((settle) => (resolve = settle))
  return { promise, resolve }
}

const next = (target, name) => new Promise((resolve) => target.once(name, resolve))
const code = (wanted) => (error) => error instanceof SynclineError && error.code === wanted

test('a view shows its room, and the edits made here at once', async (t) => {
  const { server, rooms } = await meet(t, { views: { cart } }, [{}, {}])
  await server.room('cart').set('title', 'Tea')
  const [mine, theirs] = rooms.map((room) => watch(room, 'cart'))
  await Promise.all([mine.ready, theirs.ready])
  await shows(mine, '<main><h1>Tea</h1><ul></ul></main>')
  await shows(theirs, mine.html())

  const edit = rooms[0].set('title', 'Jam')
  assert.equal(mine.html(), '<main><h1>Jam</h1><ul></ul></main>')
  rooms[0].set('items/1', 'milk')
  assert.equal((await edit.settled).kind, 'applied')
  const wanted = '<main><h1>Jam</h1><ul><li>milk</li></ul></main>'
  await Promise.all([shows(mine, wanted), shows(theirs, wanted)])
  assert.ok(mine.metrics().shown >= 1)
  const told = next(theirs, 'change')
  rooms[0].set('title', 'Honey')
  const { view, bytes } = await told
  assert.ok(view === theirs && view instanceof RoomView && bytes.length > 0)
})

test('many edits are rendered once', async (t) => {
  let renders = 0
  const views = (request) => {
    renders += 1
    return h('b', null, request.keys('items/').length)
  }
  const { server, rooms: [room] } = await meet(t, { views }, [{}])
  const view = watch(room, 'any')
  await view.ready
  assert.deepEqual([view.html(), renders], ['<b>0</b>', 1])
  await server.room('cart').batch((write) => {
    for (let item = 0; item < 10; item += 1) write.set(`items/${item}`, item)
  })
  await shows(view, '<b>10</b>')
  assert.equal(renders, 2)
})

test('a view that reads another room is rendered again when that changes, and keeps it open', async (t) => {
  const line = async (request) => {
    const menu = await request.of('menu')
    assert.deepEqual((await request.of('menu')).entries(), menu.entries())
    return h('p', null, menu.get('tea', 'no'), ' tea in ', request.room)
  }
  const options = { storage: directory(t), views: { line }, timing: { room_idle_ms: 1 } }
  const { server, rooms: [room] } = await meet(t, options, [{}])
  const view = watch(room, 'line')
  await shows(view, '<p>no<!----> tea in <!---->cart</p>')
  await server.room('menu').set('tea', 'green')
  await shows(view, '<p>green<!----> tea in <!---->cart</p>')
  assert.deepEqual(server.rooms(), ['cart', 'menu'])
  await server.room('menu').deleteRoom()
  await shows(view, '<p>no<!----> tea in <!---->cart</p>')
  await server.room('menu').set('tea', 'black')
  await shows(view, '<p>black<!----> tea in <!---->cart</p>')
  const gone = new Promise((resolve) => server.on('closed', () => server.rooms().length === 0 && resolve()))
  room.close()
  await gone
})

test('what a view shows beside rooms is told by touching it', async (t) => {
  let beside = 'one'
  const { server, rooms: [room] } = await meet(t, { views: { it: () => h('i', null, beside) } }, [{}])
  const view = watch(room, 'it')
  await shows(view, '<i>one</i>')
  beside = 'two'
  await server.room('cart').touchView('it')
  await shows(view, '<i>two</i>')
})

test('a view that fails keeps what it showed, and says why', async (t) => {
  const views = (request) => {
    if (request.get('broken')) throw new RangeError('no')
    return request.get('wrong') ? Symbol('x') : h('b', null, 'fine')
  }
  const { server, rooms: [room] } = await meet(t, { views }, [{}])
  const view = watch(room, 'it')
  await shows(view, '<b>fine</b>')
  for (const [key, type] of [['broken', RangeError], ['wrong', SynclineError]]) {
    const failed = next(server, 'viewFailed')
    await room.set(key, true).settled
    const told = await failed
    assert.deepEqual([told.room, told.view], ['cart', 'it'])
    assert.ok(told.error instanceof type)
    await room.delete(key).settled
    assert.equal(view.html(), '<b>fine</b>')
  }
})

test('a first render that fails once does not end the view of every reader', async (t) => {
  let isUp = false
  const times = []
  const views = (request) => {
    times.push(performance.now())
    if (!isUp) throw new Error('the database is not up yet')
    return h('b', null, request.view)
  }
  const { server, rooms: [room, other] } = await meet(t, { views }, [{}, {}])
  const failed = next(server, 'viewFailed')
  const view = watch(room, 'it')
  await failed
  assert.equal(view.html(), '')
  const again = next(server, 'viewFailed')
  await again
  isUp = true
  const second = watch(other, 'it')
  await Promise.all([view.ready, second.ready])
  assert.deepEqual([view.html(), second.html()], ['<b>it</b>', '<b>it</b>'])
  assert.ok(times[1] - times[0] >= 950, `${times}`)
})

test('a view that nobody watches any more is not rendered again', async (t) => {
  let renders = 0
  const views = () => {
    renders += 1
    throw new Error('no')
  }
  const { server, rooms: [room] } = await meet(t, { views }, [{}])
  const failed = next(server, 'viewFailed')
  const view = watch(room, 'it')
  await failed
  view.close()
  await sleep(1_200)
  assert.equal(renders, 1)
})

test('a render that never ends does not stop its view for everybody', async (t) => {
  const slow = deferred()
  let renders = 0
  let late
  const views = async (request) => {
    renders += 1
    if (renders > 1) return h('b', null, 'in time')
    await slow.promise
    late = await request.of('menu').catch((error) => error)
    return h('b', null, 'too late')
  }
  const { server, rooms: [room] } = await meet(t, { views, viewTimeout: 20 }, [{}])
  const failed = next(server, 'viewFailed')
  const view = watch(room, 'it')
  const { error } = await failed
  assert.ok(error instanceof SynclineError && error.code === 'Timeout', String(error))
  await view.ready
  slow.resolve()
  while (late === undefined) await sleep(5)
  assert.equal(late.code, 'Closed')
  await sleep(20)
  assert.equal(view.html(), '<b>in time</b>')
  for (const viewTimeout of [0, -1, NaN, '1', null]) {
    assert.throws(() => new Server({ authorize: () => null, viewTimeout }), code('InvalidArgument'))
  }
})

test('a view that there is not ends with that', async (t) => {
  const deny = () => {
    throw new DenyError('Forbidden')
  }
  for (const [views, wanted] of [[undefined, 'NotFound'], [{}, 'NotFound'], [{ toString: () => undefined }, 'NotFound'], [() => undefined, 'NotFound'], [deny, 'Forbidden']]) {
    const { rooms: [room] } = await meet(t, views === undefined ? {} : { views }, [{}])
    const view = watch(room, 'toString')
    const ended = next(view, 'ended')
    await assert.rejects(view.ready, code(wanted))
    assert.equal((await ended).code, wanted)
    assert.throws(() => view.html(), code(wanted))
  }
})

test('a view, room or client that is closed wakes whoever waits', async (t) => {
  const views = () => new Promise(() => {})
  const { clients: [client], rooms: [room] } = await meet(t, { views }, [{}])
  for (const close of [(view) => view.close(), () => room.close(), () => client.close()]) {
    const open = client.room('cart')
    const view = watch(open, 'it')
    const { ready } = view
    close(view)
    if (!open.closed) open.close()
    view.close()
    await assert.rejects(ready, ClosedError)
    assert.throws(() => view.html(), ClosedError)
    assert.throws(() => watch(open, 'it'), ClosedError)
    if (client.closed) break
    room.closed || room.close()
  }
})

test('what is shown of a room that was closed comes back from nothing', async (t) => {
  const { server, clients: [client], rooms: [room] } = await meet(t, { storage: directory(t), views: { cart } }, [{}])
  await watch(room, 'cart').ready
  room.close()
  await server.room('cart').unload()
  await shows(watch(client.room('cart'), 'cart'), '<main><h1><!----></h1><ul></ul></main>')
})

test('a client that is closed while it is told of a view goes quietly', async (t) => {
  const { clients: [client], rooms: [room] } = await meet(t, { views: { cart } }, [{}])
  const view = watch(room, 'cart')
  await view.ready
  view.on('change', () => client.close())
  room.on('change', () => view.close())
  room.set('title', 'Tea')
  while (!client.closed) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    try {
      view.html()
    } catch {
      client.close()
    }
  }
  assert.throws(() => view.html(), ClosedError)

  const { clients: [other], rooms: [its] } = await meet(t, { views: { cart } }, [{}])
  const last = watch(its, 'cart')
  await last.ready
  last.on('change', () => {
    other.close()
    last.close()
  })
  its.set('title', 'Tea')
  while (!other.closed) await new Promise((resolve) => setTimeout(resolve, 1))
  assert.throws(() => last.html(), ClosedError)
})

test('an own edit does not flicker while a slow render is under way', async (t) => {
  const [begun, go] = [deferred(), deferred()]
  const it = async (request) => {
    const menu = await request.of('menu')
    const [title, tea, n] = [request.get('title'), menu.get('tea'), request.get('n', 0)]
    if (n === 1) {
      begun.resolve()
      await go.promise
    }
    return html`<p><b>${bind('title', title)}</b><u>${bind('tea', tea, { room: 'menu' })}</u><i>${n}</i></p>`
  }
  const { server, clients: [client], rooms: [room] } = await meet(t, { views: { it } }, [{}])
  const [menu, view] = [client.room('menu'), watch(room, 'it')]
  await menu.ready
  await shows(view, '<p><b><!----></b><u><!----></u><i>0</i></p>')
  await server.room('cart').set('n', 1)
  await begun.promise
  for (const edit of [room.set('title', 'Jam'), menu.set('tea', 'green')]) assert.equal((await edit.settled).kind, 'applied')
  const seen = new Set()
  view.on('change', () => seen.add(view.html()))
  go.resolve()
  while (view.metrics().right < 2) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(view.metrics().wrong, 0)
  const wanted = '<p><b>Jam</b><u>green</u><i>1</i></p>'
  assert.deepEqual([view.html(), ...seen], [wanted, wanted])
})

test('a view that could not read a room is rendered once that is there', async (t) => {
  const it = async (request) => h('b', null, request.get('reads') ? (await request.of('menu')).get('tea', 'no') : 'none')
  const { server, clients: [client], rooms: [room] } = await meet(t, { storage: directory(t), views: { it }, timing: { room_idle_ms: 1 }, limits: { server_rooms: 2 } }, [{}])
  const view = watch(room, 'it')
  await shows(view, '<b>none</b>')
  const other = client.room('other')
  await other.ready
  const failed = next(server, 'viewFailed')
  room.set('reads', true)
  assert.equal((await failed).error.code, 'TooMany')
  const gone = next(server, 'closed')
  other.close()
  await gone
  await server.room('menu').set('tea', 'green')
  await shows(view, '<b>green</b>')
})

test('rooms that read each other close when nobody watches', async (t) => {
  const it = async (request) => h('b', null, (await request.of(request.room === 'cart' ? 'menu' : 'cart')).keys().length)
  const { server, clients: [client] } = await meet(t, { storage: directory(t), views: { it }, timing: { room_idle_ms: 1 } }, [{}])
  for (const name of ['cart', 'menu']) await shows(watch(client.room(name), 'it'), '<b>0</b>')
  assert.deepEqual(server.rooms(), ['cart', 'menu'])
  const gone = new Promise((resolve) => server.on('closed', () => server.rooms().length === 0 && resolve()))
  client.close()
  await gone
})

test('a room is not held for a view that is rendered', async (t) => {
  const requests = []
  const it = (request) => {
    requests.push(request)
    return h('b', null, 1)
  }
  const { server, rooms: [room] } = await meet(t, { storage: directory(t), views: { it } }, [{}])
  await shows(watch(room, 'it'), '<b>1</b>')
  for (const name of ['menu', 'cart']) await assert.rejects(requests[0].of(name), ClosedError)
  assert.deepEqual(server.rooms(), ['cart'])
})

test('what is read of a room that cannot be opened, or of its own, holds nothing', async (t) => {
  const it = async (request) => {
    const own = await request.of(request.room)
    await assert.rejects(request.of(''), code('InvalidName'))
    return h('b', null, own.get('n', 0))
  }
  const { server, rooms: [room] } = await meet(t, { storage: directory(t), views: { it }, timing: { room_idle_ms: 1 } }, [{}])
  const view = watch(room, 'it')
  await shows(view, '<b>0</b>')
  room.set('n', 1)
  await shows(view, '<b>1</b>')
  const gone = new Promise((resolve) => server.on('closed', resolve))
  room.close()
  await gone
})

test('a change between what is read and what is shown is not lost', async (t) => {
  let go
  const it = async (request) => {
    const menu = await request.of('menu')
    const tea = menu.get('tea', 'no')
    if (tea === 'no') await new Promise((resolve) => (go = resolve))
    return h('b', null, tea)
  }
  const { server, rooms: [room] } = await meet(t, { views: { it } }, [{}])
  const view = watch(room, 'it')
  while (go === undefined) await new Promise((resolve) => setTimeout(resolve, 1))
  await server.room('menu').set('tea', 'green')
  go()
  await shows(view, '<b>green</b>')
})

test('a room has any number of views, one after the other', async (t) => {
  const { rooms: [room] } = await meet(t, { views: (request) => h('b', null, request.view) }, [{}])
  for (let nth = 0; nth < 100; nth += 1) {
    const view = watch(room, `v${nth}`)
    await shows(view, `<b>v${nth}</b>`)
    view.close()
  }
})

test('views that are no functions are refused', () => {
  for (const views of ['cart', 1, null, [], new Map(), { cart: 'cart' }]) {
    assert.throws(() => new Server({ authorize: () => null, views }), code('InvalidArgument'))
  }
})

test('handles have views without a transport', () => {
  const server = ServerHandle.automatic({ views: true })
  const client = ClientHandle.automatic()
  const views = new ClientViews(client)
  const view = new View('it')
  let number = 0
  const room = client.open('cart', true)
  const kinds = []
  const wanted = ['render', 'view', 'unwatched']
  for (let turns = 0; kinds.length < wanted.length; turns += 1) {
    assert.ok(turns < 100_000)
    for (const output of client.drain()) {
      if (output.kind === 'connect') {
        server.connected(1)
        client.connected('a token')
      } else if (output.kind === 'transmit') server.receive(1, output.bytes)
      else if (output.kind === 'view') {
        assert.ok(views.change(number).length > 0)
        assert.equal(views.change(number), undefined)
        assert.equal(views.html(number), '<b>1</b>')
        assert.equal(views.metrics(number).shown, 0)
        server.roomKeepView(server.room('cart'), 'it')
        server.roomTouchView(server.room('cart'), 'it')
        server.roomEndView(server.room('cart'), 'it', 'Forbidden')
        kinds.push(output.kind)
      } else if (output.kind === 'unwatched') {
        assert.deepEqual(output, { kind: 'unwatched', room, view: number, code: 'Forbidden' })
        kinds.push(output.kind)
      }
    }
    for (const output of server.drain()) {
      if (output.kind === 'transmit') {
        client.receive(output.bytes)
        server.writable(1)
      } else if (output.kind === 'authorize') server.grant(output.request, 'ada', [''])
      else if (output.kind === 'opened') number = views.watch(room, 'it')
      else if (output.kind === 'render' && kinds.length === 0) {
        view.render(h('b', null, 1))
        server.roomShow(output.room, output.view, view)
        kinds.push(output.kind)
      }
    }
  }
  assert.deepEqual(kinds, wanted)
  assert.throws(() => views.watch(room, ''), code('InvalidName'))
  assert.throws(() => views.html(99), code('NotFound'))
  assert.throws(() => server.roomShow(99, 'it', view), code('NotFound'))
  assert.throws(() => server.roomEndView(1, 'it', 'No'), code('InvalidArgument'))
  views.unwatch(number)
  client.close()
  server.close()
})

test('the HTML of a view is told to who has no client, with what its function throws', async (t) => {
  let reads
  const views = {
    cart,
    both: async (request) => html`<p>${request.get('title')} ${(await request.of('menu')).get('title')} ${(await request.of('cart')).room}</p>`,
    none: () => undefined,
    denied: () => { throw new DenyError('Forbidden') },
    broken: async (request) => { reads = await request.of('menu'); throw new TypeError('no') },
  }
  const { server } = await meet(t, { views, storage: directory(t), timing: { room_idle_ms: 1 } }, [])
  await server.room('cart').set('title', '<Tea>')
  await server.room('menu').set('title', 'Menu')
  assert.equal(await server.html('cart', 'cart'), '<main><h1>&lt;Tea&gt;</h1><ul></ul></main>')
  assert.equal(await server.html('cart', 'both'), '<p>&lt;Tea&gt;<!----> <!---->Menu<!----> <!---->cart</p>')
  for (const name of ['none', 'other']) await assert.rejects(server.html('cart', name), code('NotFound'))
  await assert.rejects(server.html('cart', 'denied'), DenyError)
  await assert.rejects(server.html('cart', 'broken'), TypeError)
  assert.equal(reads.room, 'menu')
  await assert.rejects(server.html('', 'cart'), code('InvalidName'))
  await assert.rejects(server.html('cart', 1), code('InvalidArgument'))
  // Nothing of it keeps a room open.
  while (server.rooms().length > 0) await next(server, 'closed')
})
