// For which changes components are rendered: those of what they read, also where renderings are put off or thrown away.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { calm, counter, flushSync, h, memo, open, startTransition, Suspense, useDeferredValue, useState } from './support/page.js'
import { useSharedState } from 'syncline/react'

import { meet } from '../support/world.js'

const alone = (t) => meet(t, {}, [{}])

test('components that are rendered bit by bit never show two values of one key', async (t) => {
  const { rooms: [room] } = await alone(t)
  const page = open(t)
  const torn = []
  const Slow = ({ on }) => {
    const { state } = useSharedState(room, 'a', 0)
    const end = performance.now() + 3
    while (performance.now() < end);
    return on && h('i', null, `${state} `)
  }
  let turnOn
  const App = () => {
    const [on, setOn] = useState(false)
    turnOn = setOn
    const deferred = useDeferredValue(on)
    return Array.from({ length: 30 }, (_, n) => h(Slow, { key: n, on: deferred }))
  }
  page.show(h(App))
  const look = new window.MutationObserver(() => {
    const values = new Set([...page.container.querySelectorAll('i')].map(({ textContent }) => textContent))
    if (values.size > 1) torn.push([...values])
  })
  look.observe(page.container, { childList: true, subtree: true, characterData: true })
  let between = 0
  startTransition(() => turnOn(true))
  // The rendering takes 90 ms and yields in between: that is when the key changes.
  for (let n = 1; n <= 10; n += 1) {
    await new Promise((resolve) => setTimeout(resolve, 7))
    if (page.text === '') between += 1
    room.set('a', n)
  }
  await page.sees(() => page.text === '10 '.repeat(30))
  look.disconnect()
  assert.ok(between > 1, `the key changed ${between} times while it was rendered`)
  assert.deepEqual(torn, [])
})

test('a key that changes between the rendering and the effects is not missed', async (t) => {
  const { rooms: [room] } = await alone(t)
  const page = open(t)
  let first = true
  const Late = () => {
    const { state, version } = useSharedState(room, 'a', 0)
    if (first) room.set('a', 1)
    first = false
    return `${state} ${typeof version}`
  }
  page.show(h(Late))
  assert.equal(page.text, '1 number')
})

test('what a component reads only later is followed from then on', async (t) => {
  const { rooms: [room] } = await alone(t)
  const page = open(t)
  const Part = ({ on }) => {
    const view = useSharedState({ room, initialState: { a: 0, b: 0 } })
    return on ? `${view.state.a} ${view.state.b} v${view.version}` : String(view.state.a)
  }
  page.show(h(Part, { on: false }))
  flushSync(() => room.set('b', 1))
  page.show(h(Part, { on: true }))
  assert.equal(page.text, '0 1 v0')
  flushSync(() => room.set('b', 2))
  assert.equal(page.text, '0 2 v0')
  await page.sees(() => page.text === '0 2 v1')
})

test('what a component has read once, and reads no more, is not followed any more', async (t) => {
  const { rooms: [room] } = await alone(t)
  const page = open(t)
  const rendered = counter()
  const initialState = { a: 1, b: 2, z: 3 }
  const tree = (which) => h(Trio, { which })
  const Trio = ({ which }) => [h(Switch, { key: 1, which }), h(Handler, { key: 2 })]
  const Switch = ({ which }) => {
    rendered('switch')
    return `${useSharedState({ room, initialState }).state[which]} `
  }
  let get
  const Handler = memo(() => {
    rendered('handler')
    const view = useSharedState({ room, initialState })
    get = view.get
    return h('button', { onClick: () => view.set('b', view.get('z') + 1) }, view.state.b)
  })
  page.show(tree('a'))
  page.show(tree('b'))
  rendered.reset()
  // What is passed on to others may be read there: it is followed until the next rendering.
  flushSync(() => room.set('a', 10))
  assert.ok((rendered.counts.switch ?? 0) <= 1)
  rendered.reset()
  for (const n of [11, 12]) flushSync(() => room.set('a', n))
  assert.deepEqual(rendered.counts, {})
  // An edit of what only a handler reads renders nothing, and the handler sees what is there.
  await calm()
  flushSync(() => page.click('button'))
  assert.deepEqual([page.text, rendered.counts], ['4 4', { switch: 1, handler: 1 }])
  rendered.reset()
  for (const n of [7, 8]) {
    flushSync(() => room.set('z', n))
    assert.equal(get('z'), n)
  }
  assert.deepEqual(rendered.counts, {})
  page.show(tree('a'))
  assert.equal(page.text, '12 4')
  flushSync(() => room.set('a', 13))
  assert.equal(page.text, '13 4')
  page.leave()
  assert.equal(room.watchers.size, 0)
})

test('what components read of a state that was passed on to them stays on the screen as it is', async (t) => {
  const { rooms: [room] } = await alone(t)
  const page = open(t)
  let show, turn
  const Below = memo(({ state }) => {
    const [which, setWhich] = useState('a')
    show = setWhich
    return state[which]
  })
  const Above = () => {
    turn = useState(0)[1]
    const { state } = useSharedState({ room, initialState: { a: 1, b: 2 } })
    return h(Below, { state })
  }
  page.show(h(Above))
  assert.equal(page.text, '1')
  // The one above is rendered again, and the one below, which reads, is not.
  flushSync(() => turn(1))
  await calm()
  flushSync(() => room.set('a', 3))
  assert.equal(page.text, '3')
  await calm()
  // The one below is rendered alone.
  flushSync(() => show('b'))
  assert.equal(page.text, '2')
  await calm()
  flushSync(() => room.set('b', 4))
  assert.equal(page.text, '4')
  flushSync(() => room.set('b', 5))
  assert.equal(page.text, '5')
})

test('a rendering that is thrown away takes nothing from what is on the screen', async (t) => {
  const { rooms: [room] } = await alone(t)
  const page = open(t)
  const rendered = counter()
  let go, attempts = 0
  const never = new Promise(() => {})
  const Part = () => {
    const [which, setWhich] = useState('a')
    go = setWhich
    const { state } = useSharedState({ room, initialState: { a: 1, b: 2 } })
    const value = state[which]
    if (which === 'b') {
      attempts += 1
      throw never
    }
    rendered('a')
    return value
  }
  page.show(h(Suspense, { fallback: 'waiting' }, h(Part)))
  startTransition(() => go('b'))
  await page.sees(() => attempts > 0)
  assert.equal(page.text, '1')
  flushSync(() => room.set('a', 5))
  await page.sees(() => page.text === '5')
  flushSync(() => room.set('a', 6))
  await page.sees(() => page.text === '6')
})
