/** What is measured inside a page; the program outside says when, and what of. */

const KEYS = 1_000
const keyOf = (edit) => `key/${String(edit % KEYS).padStart(5, '0')}`
const valueOf = (edit) => ({ name: 'tea', price: edit, tags: ['green', 'loose'] })

// Time inside the listeners of messages, whoever added them: what receiving costs.
const received = { messages: 0, ms: 0 }
const timed = (listener) => function (event) {
  const start = performance.now()
  try {
    return listener.call(this, event)
  } finally {
    received.ms += performance.now() - start
    received.messages += 1
  }
}
const { addEventListener } = WebSocket.prototype
WebSocket.prototype.addEventListener = function (name, listener, options) {
  addEventListener.call(this, name, name === 'message' ? timed(listener) : listener, options)
}
const property = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'onmessage')
Object.defineProperty(WebSocket.prototype, 'onmessage', { ...property, set(listener) { property.set.call(this, timed(listener)) } })

// The memory of WebAssembly is not in the heap that the browser tells of.
const memories = []
const { Instance } = WebAssembly
WebAssembly.Instance = function (...args) {
  const instance = new Instance(...args)
  if (instance.exports.memory !== undefined) memories.push(instance.exports.memory)
  return instance
}

const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms) })
const painted = () => new Promise((resolve) => {
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = resolve
    port2.postMessage(null)
  })
})

let way
let heard = () => {}

/** Opens the room; milliseconds since the navigation until it can be edited, and until its state is there. */
async function begin(file, url, options) {
  const { open } = await import(`./${file}`)
  way = await open(url, options)
  const usable = performance.now()
  way.hear((keys) => { heard(keys) })
  await way.ready
  return { usable, ready: performance.now(), waited: performance.now() - usable }
}

/** Microseconds of each edit, of a batch that is made without a pause. */
async function edits(count, from) {
  const start = performance.now()
  for (let edit = from; edit < from + count; edit += 1) way.set(keyOf(edit), valueOf(edit))
  const took = performance.now() - start
  await way.settled()
  return (took * 1_000) / count
}

/** Microseconds of each read. */
function reads(count) {
  let sum = 0
  const start = performance.now()
  for (let read = 0; read < count; read += 1) sum += way.get(keyOf(read)).price
  return sum < 0 ? 0 : ((performance.now() - start) * 1_000) / count
}

/** Milliseconds until an edit that was read back and shown has been painted. */
async function paints(count) {
  const out = document.getElementById('out')
  const times = []
  for (let edit = 0; edit < count; edit += 1) {
    // At any moment between two frames.
    await sleep(Math.random() * 16)
    const start = performance.now()
    way.set('shown', valueOf(edit))
    out.textContent = JSON.stringify(way.get('shown'))
    await painted()
    times.push(performance.now() - start)
  }
  return times
}

/** Answers each `ping` by a `pong`. */
function echo() {
  heard = (keys) => { if (keys.includes('ping')) way.set('pong', way.get('ping')) }
}

/** Milliseconds from an edit until it can be read in the other page: half of there and back, so that one clock is enough. */
async function visits(count) {
  const times = []
  for (let edit = 0; edit < count; edit += 1) {
    const answered = new Promise((resolve) => {
      heard = (keys) => { if (keys.includes('pong') && way.get('pong') === edit) resolve() }
    })
    const start = performance.now()
    way.set('ping', edit)
    await answered
    times.push((performance.now() - start) / 2)
    await sleep(5)
  }
  heard = () => {}
  return times
}

/** One edit after another, so far apart that each is a message. */
async function paced(count, pause, from) {
  for (let edit = from; edit < from + count; edit += 1) {
    way.set(keyOf(edit), valueOf(edit))
    await sleep(pause)
  }
  await way.settled()
}

/** Ends when the other page's latest edit is here. */
async function until(key, price) {
  while (way.get(key)?.price !== price) await sleep(5)
}

/** Many keys, in bursts that every outbox takes. */
async function fill(count) {
  for (let edit = 0; edit < count; edit += 1) {
    way.set(`key/${String(edit).padStart(5, '0')}`, valueOf(edit))
    if (edit % 250 === 249) {
      await way.settled()
      await sleep(1)
    }
  }
  await way.settled()
}

window.bench = {
  begin, edits, reads, paints, echo, visits, paced, until, fill, keyOf,
  received: () => ({ ...received }),
  size: () => way.size(),
  wasmBytes: () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0),
  close: () => { way.close() },
}
