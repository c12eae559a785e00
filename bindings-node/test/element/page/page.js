// A page for a program that drives a browser. Serve the package's folder (the one with dist) over HTTP, as compiled, and
// open /test/element/page/index.html. No server of states is needed: the room keeps what is written and applies it.
//
//   await page.waitForFunction(() => window.done)                   // the page observes, and has written once
//   await page.evaluate(() => window.drive.scrollIntoView())        // does it, waits until all is told, and returns
//                                                                   // { value, room, writes, status }
//
// `value` is what the observation says, `room` what the room holds under its key, and both are always alike; `writes` are
// the calls since the one before, as ['set' | 'merge' | 'delete', key, value]. What each of `window.drive` is to do:
//
//   look()                nothing: []
//   scrollIntoView()      isIntersecting: true, intersectionRatio: 1; merges with members of the two only
//   scrollAway()          isIntersecting: false, intersectionRatio: 0
//   toggleClass(name)     one merge of attributes.class and classList
//   flicker(name)         a class comes and goes, a task apart: no write
//   append(count, inner)  so many children with so many each: one merge of childrenCount and grandChildrenCount
//   removeAttribute()     one merge of { attributes: { 'data-step': null } }
//   remove()              one merge: exists: false, counts 0, attributes null
//   putBack()             exists: true
//   replace()             another element that the selector finds: only what differs, so that one in view stays in view
//   scrollSlowly()        through the element in 60 frames: fewer writes than frames
//   toRoomEnd()           the room ends: status 'roomClosed'; nothing is written afterwards
//
// `window.failures` are errors that nobody was to get: [] at the end.

import { observe } from '../../../dist/browser/element.js'

const KEY = 'elements/a'
const SELECTOR = '#a, .another'

function merge(value, patch) {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const merged = typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
  for (const [name, member] of Object.entries(patch)) {
    if (member === null) delete merged[name]
    else merged[name] = merge(merged[name], member)
  }
  return merged
}

const values = new Map()
const ends = new Set()
let writes = []
const room = {
  closed: false,
  get: (key) => values.get(key),
  has: (key) => values.has(key),
  set(key, value) {
    writes.push(['set', key, value])
    values.set(key, value)
  },
  merge(key, patch) {
    writes.push(['merge', key, patch])
    values.set(key, merge(values.get(key), patch))
  },
  delete(key) {
    writes.push(['delete', key])
    values.delete(key)
  },
  on: () => () => {},
  onEnd(action) {
    ends.add(action)
    return () => ends.delete(action)
  },
}

window.failures = []
window.addEventListener('error', ({ message }) => window.failures.push(message))
const seen = observe(SELECTOR, { room, key: KEY, onError: ({ message }) => window.failures.push(message) })
const element = document.querySelector('#a')
const around = document.querySelector('#around')

const frame = () => new Promise(requestAnimationFrame)
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Long enough for a frame, what it tells, and the longest wait. */
async function settled() {
  for (let count = 0; count < 3; count += 1) await frame()
  await pause(150)
  const made = writes
  writes = []
  return { value: seen.value, room: values.get(KEY), writes: made, status: seen.status }
}

const after = (action) => async (...args) => {
  await action(...args)
  return settled()
}

window.drive = {
  look: after(() => {}),
  scrollIntoView: after(() => element.scrollIntoView({ block: 'center' })),
  scrollAway: after(() => window.scrollTo(0, 0)),
  toggleClass: after((name) => { element.classList.toggle(name) }),
  flicker: after(async (name) => {
    element.classList.add(name)
    await pause(0)
    element.classList.remove(name)
  }),
  append: after((count, inner) => {
    for (let child = 0; child < count; child += 1) {
      const span = document.createElement('span')
      span.append(...Array.from({ length: inner }, () => document.createElement('b')))
      element.append(span)
    }
  }),
  removeAttribute: after(() => { element.removeAttribute('data-step') }),
  remove: after(() => { element.remove() }),
  putBack: after(() => { around.append(element) }),
  replace: after(() => {
    const other = document.createElement('p')
    other.className = 'card another'
    element.replaceWith(other)
  }),
  scrollSlowly: after(async () => {
    window.scrollTo(0, 3_200)
    await frame()
    for (let step = 0; step < 60; step += 1) {
      window.scrollBy(0, -10)
      await frame()
    }
  }),
  toRoomEnd: after(async () => {
    room.closed = true
    for (const action of [...ends]) action()
    element.classList.toggle('late')
  }),
}

window.first = await settled()
window.done = true
