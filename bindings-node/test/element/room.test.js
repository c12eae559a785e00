// Where states go: a room, presence, and many keys.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { observe, observeAll } from 'syncline/element'

import { counted, page, told } from '../support/page.js'
import { meet, shows, until } from '../support/world.js'

const KEY = 'elements/a'
/** Nothing is written before the test says so. */
const held = { quiet_ms: 1_000_000, max_wait_ms: 1_000_000 }

test('a state is set once, and then each change arrives as its members only', async (t) => {
  const { rooms: [ada, bob] } = await meet(t)
  const { find, document, see } = page(t, '<p id="a" class="x" data-n="1"></p>')
  const { room, writes } = counted(ada)
  const seen = observe(find('#a'), { room, key: KEY, debounce: held })
  see(find('#a'), 0.5)
  seen.flush()
  assert.deepEqual(writes, [['set', KEY, {
    isIntersecting: true, intersectionRatio: 0.5, childrenCount: 0, grandChildrenCount: 0,
    attributes: { id: 'a', class: 'x', 'data-n': '1' }, classList: ['x'], exists: true,
  }]])
  await shows(bob, KEY, seen.value)

  const steps = [
    [() => see(find('#a'), 0.7, 0.5, 1), { intersectionRatio: 1 }],
    [() => find('#a').append(document.createElement('b')), { childrenCount: 1 }],
    [() => find('b').append(document.createElement('i')), { grandChildrenCount: 1 }],
    [() => find('#a').removeAttribute('data-n'), { attributes: { 'data-n': null } }],
    [() => find('#a').classList.add('y'), { attributes: { class: 'x y' }, classList: ['x', 'y'] }],
    [() => find('#a').remove(), {
      isIntersecting: false, intersectionRatio: 0, childrenCount: 0, grandChildrenCount: 0, exists: false,
      attributes: { id: null, class: null }, classList: [],
    }],
  ]
  for (const [step, patch] of steps) {
    writes.length = 0
    step()
    await told()
    seen.flush()
    seen.flush()
    assert.equal(writes.length, 1)
    const [[name, key, merged]] = writes
    assert.deepEqual([name, key, merged], ['merge', KEY, patch])
    assert.deepEqual(ada.get(KEY), seen.value)
    await until(bob, 'change', () => JSON.stringify(bob.get(KEY)) === JSON.stringify(ada.get(KEY)))
  }
})

test('what another client changes of the same value meanwhile survives', async (t) => {
  const { rooms: [ada, bob], clients: [client, other] } = await meet(t)
  const { find } = page(t, '<p id="a" class="x"></p>')
  const seen = observe(find('#a'), { room: ada, key: KEY, debounce: held })
  seen.flush()
  await until(bob, 'change', () => bob.has(KEY))
  find('#a').className = 'y'
  // Neither knows of the other's.
  bob.merge(KEY, { note: 'mine', attributes: { 'data-bob': '1' } })
  seen.flush()
  await Promise.all([client.flush(), other.flush()])
  const wanted = (room) => {
    const { note, attributes, classList } = room.get(KEY)
    return JSON.stringify([note, attributes['data-bob'], attributes.class, classList]) === '["mine","1","y",["y"]]'
  }
  for (const room of [ada, bob]) await until(room, 'change', () => wanted(room))
})

test('what is as before in the end is not written, and a burst is one write', async (t) => {
  const { rooms: [ada] } = await meet(t, {}, [{}])
  const { find } = page(t, '<p id="a"></p>')
  const { room, writes } = counted(ada)
  const seen = observe(find('#a'), { room, key: KEY, debounce: { quiet_ms: 1 } })
  const settled = async () => {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setTimeout(resolve, 2))
  }
  await settled()
  assert.equal(writes.length, 1)
  find('#a').className = 'y'
  await told()
  find('#a').removeAttribute('class')
  await settled()
  seen.flush()
  assert.equal(writes.length, 1)
  for (let index = 0; index < 100; index += 1) find('#a').setAttribute('data-n', String(index))
  await settled()
  assert.deepEqual(writes.slice(1), [['merge', KEY, { attributes: { 'data-n': '99' } }]])
})

test('closing writes what is new, and nothing after', async (t) => {
  const { rooms: [ada] } = await meet(t, {}, [{}])
  const { find } = page(t, '<p id="a"></p>')
  const { room, writes } = counted(ada)
  const seen = observe(find('#a'), { room, key: KEY })
  seen.close()
  find('#a').className = 'x'
  await told()
  seen.flush()
  seen.close()
  assert.equal(writes.length, 1)
  assert.equal(ada.get(KEY).exists, true)
})

test('a value that somebody took out is written whole again', async (t) => {
  const { rooms: [ada] } = await meet(t, {}, [{}])
  const { find } = page(t, '<p id="a"></p>')
  const seen = observe(find('#a'), { room: ada, key: KEY, debounce: held })
  t.after(() => seen.close())
  seen.flush()
  ada.delete(KEY)
  find('#a').className = 'x'
  seen.flush()
  assert.deepEqual(ada.get(KEY), seen.value)
})

test('what the room cannot take is told, throws nowhere, and the next state that fits is written', async (t) => {
  const { rooms: [ada] } = await meet(t, {}, [{ limits: { value_bytes: 500 } }])
  const { find } = page(t, '<p id="a"></p>')
  const errors = []
  const seen = observe(find('#a'), { room: ada, key: KEY, debounce: { quiet_ms: 0 }, onError: (error) => errors.push(error) })
  seen.flush()
  const heard = new Promise((resolve) => seen.subscribe(resolve))
  find('#a').setAttribute('data-n', 'x'.repeat(500))
  await heard
  assert.deepEqual(errors.map(({ code }) => code), ['ValueTooLarge'])
  assert.equal(seen.error, errors[0])
  assert.equal(seen.status, 'observing')
  assert.equal(seen.value.attributes['data-n'].length, 500)
  assert.deepEqual(ada.get(KEY).attributes, { id: 'a' })
  // It is not tried again for nothing.
  seen.flush()
  assert.equal(errors.length, 1)
  find('#a').setAttribute('data-n', 'x')
  seen.flush()
  assert.equal(seen.error, undefined)
  assert.deepEqual(ada.get(KEY), seen.value)
})

test('what the server refuses later is told, and the next change builds on the value that stayed', async (t) => {
  const { server, rooms: [ada], clients: [client] } = await meet(t, { policy: { 'elements/': 'strict' } }, [{}])
  const { find } = page(t, '<p id="a" class="x"></p>')
  const errors = []
  const seen = observe(find('#a'), { room: ada, key: KEY, debounce: held, onError: (error) => errors.push(error.code) })
  t.after(() => seen.close())
  seen.flush()
  await client.flush()
  const theirs = server.room('cart').merge(KEY, { childrenCount: 7 })
  find('#a').className = 'y'
  seen.flush()
  await theirs
  await client.flush()
  assert.deepEqual(errors, ['Stale'])
  find('#a').id = 'b'
  seen.flush()
  await client.flush()
  assert.deepEqual(ada.confirmed(KEY), seen.value)
  assert.equal(seen.error, undefined)
})

test('observing ends with the room or the client', async (t) => {
  const { rooms: [ada, bob], clients: [, client] } = await meet(t)
  const { find, document, made } = page(t, '<p id="a"></p>')
  const ended = []
  const end = (status) => ended.push(status)
  const onError = (error) => assert.fail(error)
  const options = { within: document, onError, onEnd: end }
  const all = [
    observe('#a', { room: ada, key: KEY, ...options }),
    observe('#a', { presence: ada.presence, field: 'a', ...options }),
    observeAll('p', { room: ada, prefix: 'p/', id: ({ id }) => id, ...options }),
    observe('#a', { room: bob, key: KEY, ...options }),
  ]
  ada.close()
  assert.deepEqual(all.map(({ status }) => status), ['roomClosed', 'roomClosed', 'roomClosed', 'observing'])
  client.close()
  assert.deepEqual(ended, ['roomClosed', 'roomClosed', 'roomClosed', 'roomClosed'])
  assert.equal(made.mutation[0].connected, false)
  find('#a').className = 'x'
  await told()
  for (const one of all) {
    one.flush()
    one.close()
  }
  assert.throws(() => observe('#a', { room: ada, key: KEY, within: document }), { code: 'Closed' })
  assert.throws(() => observe('#a', { presence: ada.presence, field: 'a', within: document }), { code: 'Closed' })
  assert.throws(() => observeAll('p', { room: ada, prefix: 'p/', id: String, within: document }), { code: 'Closed' })
  assert.equal(made.mutation.some(({ connected }) => connected), false)
})

test('presence shows a state as long as it is observed, beside what else is shown', async (t) => {
  const { rooms: [ada, bob] } = await meet(t)
  const { find, see } = page(t, '<p id="a" class="x"></p>')
  ada.presence.update({ name: 'Ada' })
  const seen = observe(find('#a'), { presence: ada.presence, field: 'card', attributes: false, debounce: held })
  seen.flush()
  const others = () => JSON.stringify([...bob.presence.others.values()][0])
  const until_ = (value) => until(bob, 'presence', () => others() === JSON.stringify(value))
  await until(bob, 'presence', () => others()?.includes('card'))
  assert.deepEqual(ada.presence.self, { name: 'Ada', card: seen.value })
  see(find('#a'), 1)
  find('#a').className = ''
  seen.flush()
  assert.deepEqual(ada.presence.self.card, seen.value)
  assert.equal(seen.value.isIntersecting, true)
  ada.presence.clear()
  see(find('#a'), 0)
  seen.flush()
  assert.deepEqual(ada.presence.self, { card: seen.value })
  ada.presence.update({ name: 'Ada' })
  seen.close()
  await until_({ name: 'Ada' })
})

test('a presence that is too large is told, and shows what it did', async (t) => {
  const { rooms: [ada] } = await meet(t, {}, [{}])
  const { find } = page(t, '<p id="a"></p>')
  const errors = []
  const options = { presence: ada.presence, field: 'a', debounce: held, onError: (error) => errors.push(error.code) }
  const seen = observe(find('#a'), options)
  t.after(() => seen.close())
  seen.flush()
  for (let index = 0; index < 5; index += 1) find('#a').setAttribute(`data-${index}`, 'ü'.repeat(800))
  seen.flush()
  assert.deepEqual(errors, ['ValueTooLarge'])
  assert.deepEqual(ada.presence.self.a.attributes, { id: 'a' })
})

test('each element of a list has a key for as long as it is found', async (t) => {
  const { rooms: [ada] } = await meet(t, {}, [{}])
  const { find, document, made } = page(t, '<ul><li id="a"><b></b></li><li id="b"></li><li></li></ul>')
  const { room, writes } = counted(ada)
  const errors = []
  const id = (element) => {
    if (element.id === '') throw new Error('no id')
    return element.id
  }
  const options = { room, prefix: 'item/', id, within: document, debounce: held, onError: ({ message }) => errors.push(message) }
  const list = observeAll('li', options)
  list.flush()
  assert.deepEqual(ada.keys('item/'), ['item/a', 'item/b'])
  assert.deepEqual(errors, ['no id'])
  assert.deepEqual([...list.observations.keys()], ['a', 'b'])
  assert.equal(list.observations.get('a').value.childrenCount, 1)
  assert.deepEqual([made.mutation.length, made.intersection.length], [1, 1])

  // Drawn anew: the same id in another element goes on.
  writes.length = 0
  find('#a').outerHTML = '<li id="a" class="new"><b></b></li>'
  find('#b').remove()
  find('ul').insertAdjacentHTML('beforeend', '<li id="c"></li><li id="c"></li>')
  list.flush()
  assert.deepEqual(writes.map(([name, key]) => [name, key]), [['delete', 'item/b'], ['merge', 'item/a'], ['set', 'item/c']])
  assert.deepEqual(writes[1][2], { attributes: { class: 'new' }, classList: ['new'] })
  assert.equal(errors.length, 2)
  assert.match(errors[1], /an id for each element, got c twice/)
  list.flush()
  assert.equal(errors.length, 2)
  list.close()
  assert.equal(list.status, 'closed')
  assert.deepEqual(ada.keys('item/'), ['item/a', 'item/c'])
  assert.equal(made.intersection[0].targets.size, 0)
  assert.equal(made.mutation[0].connected, false)
})

test('a list follows its page by itself', async (t) => {
  const { rooms: [ada] } = await meet(t, {}, [{}])
  const { find, document } = page(t, '<ul></ul>')
  const list = observeAll('li.on', { room: ada, prefix: 'item/', id: ({ id }) => id, within: document, debounce: { quiet_ms: 0 } })
  t.after(() => list.close())
  const keys = (wanted) => until(ada, 'change', () => JSON.stringify(ada.keys('item/')) === JSON.stringify(wanted))
  find('ul').innerHTML = '<li id="a"></li><li id="b" class="on"></li>'
  await keys(['item/b'])
  find('#a').className = 'on'
  await keys(['item/a', 'item/b'])
  find('#a').outerHTML = '<li id="a" class="on new"></li>'
  await until(ada, 'change', () => ada.get('item/a').classList.includes('new'))
  find('ul').remove()
  await keys([])
})
