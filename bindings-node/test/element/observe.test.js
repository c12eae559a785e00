// What is said of an element, and when.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { observe, observeAll } from 'syncline/element'

import { page, told } from '../support/page.js'

const NOTHING = {
  isIntersecting: false, intersectionRatio: 0, childrenCount: 0, grandChildrenCount: 0, attributes: {}, classList: [], exists: false,
}
const here = fileURLToPath(new URL('.', import.meta.url))
/** Nothing is told before the test says so. */
const held = { quiet_ms: 1_000_000, max_wait_ms: 1_000_000 }

test('an element is its place, its children, its attributes and its classes', (t) => {
  const { find, see } = page(t, '<ul id="a" class="x y" data-n="1"><li><b></b><i></i></li><li>text<b></b></li></ul>')
  const list = observe(find('#a'), { debounce: held })
  t.after(() => list.close())
  assert.deepEqual(list.value, {
    isIntersecting: false, intersectionRatio: 0, childrenCount: 2, grandChildrenCount: 3,
    attributes: { id: 'a', class: 'x y', 'data-n': '1' }, classList: ['x', 'y'], exists: true,
  })
  see(find('#a'), 0.3333)
  list.flush()
  assert.equal(list.value.isIntersecting, true)
  assert.equal(list.value.intersectionRatio, 0.33)
})

test('a store gives the same object until something is another, and tells once for a burst', async (t) => {
  const { find } = page(t, '<p id="a" class="x"></p>')
  const store = observe(find('#a'), { debounce: { quiet_ms: 1 } })
  t.after(() => store.close())
  const { subscribe, getSnapshot } = store
  const before = getSnapshot()
  let calls = 0
  const forget = subscribe(() => { calls += 1 })
  const heard = new Promise((resolve) => subscribe(resolve))
  for (let index = 0; index < 10; index += 1) find('#a').append('t', find('#a').ownerDocument.createElement('b'))
  await heard
  const after = getSnapshot()
  assert.equal(calls, 1)
  assert.equal(after.childrenCount, 10)
  assert.notEqual(after, before)
  assert.equal(after.classList, before.classList)
  assert.equal(after.attributes, before.attributes)
  forget()
  find('#a').remove()
  store.flush()
  assert.equal(calls, 1)
  assert.equal(store.value.exists, false)
})

test('what is as before in the end is told to nobody', async (t) => {
  const { find } = page(t, '<p id="a" class="x"></p>')
  const store = observe(find('#a'), { debounce: held })
  const before = store.value
  store.subscribe(() => assert.fail('told'))
  find('#a').className = 'y'
  await told()
  find('#a').className = 'x'
  await told()
  store.flush()
  store.close()
  assert.equal(store.value, before)
})

test('a page that is never quiet is told of after the longest wait', async (t) => {
  const { find } = page(t, '<p id="a"></p>')
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const store = observe(find('#a'))
  let calls = 0
  store.subscribe(() => { calls += 1 })
  for (let step = 1; step <= 20; step += 1) {
    find('#a').setAttribute('data-step', String(step))
    await new Promise(setImmediate)
    t.mock.timers.tick(10)
  }
  // Changes every 10 ms for 200 ms: never a silence of 16 ms.
  assert.equal(calls, 2)
  t.mock.timers.tick(16)
  store.close()
})

test('a scroll by less than a step is nothing', (t) => {
  const { find, see } = page(t, '<p id="a"></p>')
  const store = observe(find('#a'), { debounce: held, ratioSteps: 4 })
  t.after(() => store.close())
  const ratios = new Set()
  for (let ratio = 0; ratio <= 1; ratio += 0.001) {
    see(find('#a'), ratio)
    store.flush()
    ratios.add(store.value.intersectionRatio)
  }
  assert.deepEqual([...ratios], [0, 0.25, 0.5, 0.75, 1])
})

test('children of children are heard of', async (t) => {
  const { find } = page(t, '<p id="a"><b></b></p>')
  const store = observe(find('#a'), { debounce: { quiet_ms: 0 } })
  t.after(() => store.close())
  const heard = new Promise((resolve) => store.subscribe(resolve))
  find('b').innerHTML = '<i></i><i></i>'
  await heard
  assert.equal(store.value.grandChildrenCount, 2)
})

test('an element that leaves and returns is gone and there again', async (t) => {
  const { find, document, see, made } = page(t, '<div><p id="a" class="x"><b></b></p></div>')
  const element = find('#a')
  const store = observe(element, { debounce: { quiet_ms: 0 } })
  t.after(() => store.close())
  see(element, 1)
  store.flush()
  const next = () => new Promise((resolve) => {
    const forget = store.subscribe(() => { forget(); resolve(store.value) })
  })
  const gone = next()
  // With what is around it.
  find('div').remove()
  assert.deepEqual(await gone, NOTHING)
  assert.equal(made.intersection[0].targets.size, 0)
  const back = next()
  document.body.append(element)
  const { isIntersecting, childrenCount, exists, classList } = await back
  assert.deepEqual({ isIntersecting, childrenCount, exists, classList }, { isIntersecting: false, childrenCount: 1, exists: true, classList: ['x'] })
  const seen = next()
  see(element, 0.5)
  assert.equal((await seen).intersectionRatio, 0.5)
})

test('a selector finds what comes later, also by a class, and the first of many', async (t) => {
  const { find, document } = page(t, '<p id="a"></p>')
  const store = observe('p.on[DATA-K]', { within: document, debounce: { quiet_ms: 0 } })
  t.after(() => store.close())
  assert.deepEqual(store.value, NOTHING)
  const id = () => store.value.attributes.id
  const until = async (wanted) => {
    while (id() !== wanted) await new Promise((resolve) => {
      const forget = store.subscribe(() => { forget(); resolve() })
    })
  }
  find('#a').classList.add('on')
  await told()
  await told()
  find('#a').setAttribute('data-k', '')
  await until('a')
  document.body.insertAdjacentHTML('beforeend', '<p id="b" class="on" data-k></p>')
  find('#a').remove()
  await until('b')
  find('#b').remove()
  await until(undefined)
  assert.equal(store.value.exists, false)
  document.body.insertAdjacentHTML('beforeend', '<p id="c" class="on" data-k></p>')
  await until('c')
  find('#c').removeAttribute('data-k')
  await until(undefined)
})

test('an element that stands in for another is where that was until the page says where it is', async (t) => {
  const { find, document, see } = page(t, '<p class="a"></p>')
  const store = observe('.a', { within: document, debounce: held })
  see(find('.a'), 1)
  store.flush()
  find('.a').outerHTML = '<p class="a b"></p>'
  await told()
  store.flush()
  assert.deepEqual(store.value.classList, ['a', 'b'])
  assert.equal(store.value.isIntersecting, true)
  see(find('.a'), 0)
  store.flush()
  assert.equal(store.value.isIntersecting, false)
  store.close()
})

test('the page is asked for no attribute that nobody wants', (t) => {
  const { find, document, made: { mutation } } = page(t, '<p id="a"></p>')
  const one = observe(find('#a'), { attributes: ['data-a'] })
  assert.deepEqual(mutation[0].options.attributeFilter, ['autocomplete', 'class', 'data-a', 'type'])
  const two = observe('#a > b:first-child', { within: document, attributes: false })
  assert.deepEqual(mutation[0].options.attributeFilter, ['autocomplete', 'class', 'data-a', 'id', 'type'])
  const three = observe('#a:target', { within: document, attributes: false })
  assert.equal(mutation[0].options.attributeFilter, undefined)
  three.close()
  one.close()
  assert.deepEqual(mutation[0].options.attributeFilter, ['class', 'id'])
  two.close()
  assert.equal(mutation.length, 1)
  assert.equal(mutation[0].connected, false)
})

test('a shadow root is looked into, and its host may leave', async (t) => {
  const { document } = page(t, '<div id="host"></div><div id="other"></div>')
  const host = document.querySelector('#host')
  const shadow = host.attachShadow({ mode: 'closed' })
  shadow.innerHTML = '<p class="a"></p>'
  const stores = [
    observe('.a', { within: shadow, debounce: { quiet_ms: 0 } }),
    observe(shadow.firstElementChild, { debounce: { quiet_ms: 0 } }),
  ]
  for (const store of stores) {
    t.after(() => store.close())
    const until = async (test) => {
      while (!test(store.value)) await new Promise((resolve) => {
        const forget = store.subscribe(() => { forget(); resolve() })
      })
    }
    shadow.firstElementChild.classList.add('b')
    await until(({ classList }) => classList.includes('b'))
    host.remove()
    await until(({ exists }) => !exists)
    // Into another shadow root, that leaves in its turn.
    const around = document.querySelector('#other').shadowRoot ?? document.querySelector('#other').attachShadow({ mode: 'open' })
    document.body.append(host)
    await until(({ exists }) => exists)
    around.append(host)
    await told()
    await told()
    await told()
    // Only that shadow root knows of it.
    host.remove()
    await until(({ exists }) => !exists)
    around.append(host)
    await until(({ exists }) => exists)
    document.querySelector('#other').remove()
    await until(({ exists }) => !exists)
    document.body.append(around.host)
    await until(({ exists }) => exists)
    document.body.append(host)
    shadow.firstElementChild.classList.remove('b')
    await until(({ classList }) => !classList.includes('b'))
    const element = shadow.firstElementChild
    element.remove()
    await until(({ exists }) => !exists)
    shadow.append(element)
    await until(({ exists }) => exists)
  }
})

test('a hundred observations share one observer of each kind, and leave none behind', (t) => {
  const { document, made } = page(t, '<p></p>'.repeat(100))
  const all = Array.from(document.querySelectorAll('p'), (element) => observe(element))
  assert.deepEqual([made.mutation.length, made.intersection.length], [1, 1])
  assert.equal(made.intersection[0].targets.size, 100)
  const other = observe(all.length > 0 ? document.body : undefined, { rootMargin: '10px' })
  assert.deepEqual([made.mutation.length, made.intersection.length], [1, 2])
  for (const one of all) one[Symbol.dispose ?? Symbol.for('nodejs.dispose')]()
  assert.equal(made.intersection[0].targets.size, 0)
  assert.equal(made.mutation[0].connected, true)
  other.close()
  assert.equal(made.intersection[1].targets.size, 0)
  assert.equal(made.mutation[0].connected, false)
  assert.equal(all[0].status, 'closed')
})

test('two observations of one element both know where it is', (t) => {
  const { find, see } = page(t, '<p id="a"></p>')
  const one = observe(find('#a'), { debounce: held })
  see(find('#a'), 1)
  const two = observe(find('#a'), { debounce: held })
  one.close()
  assert.equal(two.value.isIntersecting, true)
  see(find('#a'), 0)
  two.flush()
  assert.equal(two.value.isIntersecting, false)
  assert.equal(one.value.isIntersecting, true)
  two.close()
})

test('an element that nobody holds is collected, and its observation ends', async (t) => {
  const { document, made } = page(t, '<p id="a"></p>')
  const ended = []
  let element = new WeakRef(document.querySelector('#a'))
  observe(document.querySelector('#a'), { debounce: { quiet_ms: 0 }, onEnd: (status) => ended.push(status) })
  document.querySelector('#a').remove()
  for (let tries = 0; tries < 100 && element.deref() !== undefined; tries += 1) {
    await told()
    // What jsdom remembers of its latest look-ups is let go.
    document.body.append(document.createElement('i'))
    document.querySelector('#a')
    globalThis.gc()
  }
  assert.equal(element.deref(), undefined)
  document.body.append('x', document.createElement('b'))
  await told()
  assert.deepEqual(ended, ['collected'])
  assert.equal(made.mutation[0].connected, false)
})

test('what people type and what pages hide is said only if it is asked for, and a password never', (t) => {
  const { document } = page(t, `
    <input id="a" value="mine"><input id="b" type="password" value="mine"><input id="c" autocomplete="one-time-code" value="mine">
    <meta id="d" content="mine"><script id="e" nonce="mine"></script><button id="f" value="said"></button>`)
  const say = (id, attributes) => {
    const store = observe(document.getElementById(id), { attributes })
    store.close()
    return store.value.attributes
  }
  for (const id of 'abcde') assert.ok(!Object.values(say(id)).includes('mine'), id)
  assert.equal(say('f').value, 'said')
  assert.deepEqual(say('a', ['value']), { value: 'mine' })
  assert.deepEqual(say('d', ['content', 'absent']), { content: 'mine' })
  for (const id of 'bc') assert.deepEqual(say(id, ['value', 'VALUE', 'id']), { id })
  // Shown in the clear it is a password still.
  document.getElementById('b').type = 'text'
  assert.deepEqual(say('b', ['value']), {})
  assert.deepEqual(say('a', false), {})
})

test('however much a page puts on an element, a bounded part of it is said', (t) => {
  const { find } = page(t, '<p id="a"></p>')
  const element = find('#a')
  for (let index = 0; index < 200; index += 1) element.setAttribute(`data-${index}`, 'x'.repeat(100))
  element.className = Array.from({ length: 500 }, (_, index) => `c${index}`).join(' ')
  const store = observe(element)
  store.close()
  const { attributes, classList } = store.value
  assert.ok(JSON.stringify(attributes).length < 5_000)
  assert.equal(classList.length, 128)
  const bounds = { attributes: 3, value_chars: 5, total_chars: 20, classes: 1 }
  element.setAttribute('__proto__', 'p')
  const names = ['__proto__', 'id', 'data-1', 'data-2']
  const small = observe(element, { bounds, attributes: names })
  small.close()
  // The bound on all leaves out what does not fit, and takes what comes after.
  assert.deepEqual(Object.entries(small.value.attributes), [['__proto__', 'p'], ['id', 'a']])
  const cut = observe(element, { bounds: { value_chars: 5 }, attributes: ['data-1'] })
  cut.close()
  assert.deepEqual(cut.value.attributes, { 'data-1': 'xxxx…' })
  element.setAttribute('data-1', 'x\ud800')
  const odd = observe(element, { attributes: ['data-1'] })
  odd.close()
  assert.equal(odd.value.attributes['data-1'], 'x\ufffd')
})

test('a page without IntersectionObserver has all but what is in view', (t) => {
  const { find } = page(t, '<p id="a"><b></b></p>', { intersects: false })
  const store = observe(find('#a'))
  assert.equal(store.value.childrenCount, 1)
  assert.equal(store.value.isIntersecting, false)
  store.close()
})

test('where there is no page, importing does nothing and observing says so', () => {
  assert.throws(() => observe('#a'), { code: 'InvalidArgument', message: /expected a document, .*, got none/ })
  const code = `
    const before = Object.keys(globalThis).length
    const { observe } = await import(${JSON.stringify(import.meta.resolve('syncline/element'))})
    if (typeof observe !== 'function' || Object.keys(globalThis).length !== before) process.exit(1)`
  // Nor is the native half loaded.
  const env = { ...process.env, SYNCLINE_NATIVE_LIBRARY: '/nowhere' }
  execFileSync(process.execPath, ['--input-type=module', '-e', code], { env, cwd: here })
})

test('options that are none are refused before anything is observed', (t) => {
  const { find, document, made } = page(t, '<p id="a"></p>')
  const element = find('#a')
  const wrong = [
    [null], [7], [document], ['#a', { within: 7 }], ['p:', { within: document }],
    [element, { rom: 1 }], [element, { key: 'a' }], [element, { field: 'a' }], [element, { room: {} }],
    [element, { presence: {} }], [element, { presence: {}, field: 'a', room: {}, key: 'b' }],
    [element, { thresholds: 1 }], [element, { ratioSteps: 0 }], [element, { ratioSteps: 1.5 }], [element, { attributes: true }],
    [element, { attributes: [1] }], [element, { bounds: { values: 1 } }], [element, { bounds: { classes: -1 } }],
    [element, { debounce: { quiet: 1 } }], [element, { debounce: { quiet_ms: '1' } }], [element, { signal: 1 }],
    [element, { onError: 1 }], [element, { onEnd: 1 }], [element, { rootMargin: 'wrong' }], [element, { rootMargin: 1 }],
  ]
  for (const args of wrong) assert.throws(() => observe(...args), { code: 'InvalidArgument' }, JSON.stringify(args[1]))
  assert.throws(() => observeAll('p', { within: document, prefix: 'a', id: String }), { code: 'InvalidArgument' })
  assert.equal(made.mutation.some(({ connected }) => connected), false)
})

test('a signal ends an observation, which then says so once', (t) => {
  const { find } = page(t, '<p id="a"></p>')
  const ends = new AbortController()
  const ended = []
  const store = observe(find('#a'), { signal: ends.signal, onEnd: (status) => ended.push(status) })
  let heard = 0
  store.subscribe(() => { heard += 1 })
  find('#a').id = 'b'
  store.flush()
  assert.equal(heard, 1)
  ends.abort()
  ends.abort()
  store.close()
  assert.deepEqual(ended, ['closed'])
  const aborted = observe(find('#b'), { signal: ends.signal })
  assert.equal(aborted.status, 'closed')
  aborted.subscribe(() => {})()
})

test('a listener that throws stops nobody, and its error is nobody else\'s', () => {
  const code = `
    import { observe } from ${JSON.stringify(import.meta.resolve('syncline/element'))}
    import { JSDOM } from 'jsdom'
    const { document } = new JSDOM('<p></p>').window
    process.once('uncaughtException', ({ message }) => console.log(message))
    const store = observe(document.querySelector('p'))
    store.subscribe(() => { throw new Error('mine') })
    store.subscribe(() => console.log('heard'))
    document.querySelector('p').id = 'a'
    store.flush()`
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: here, encoding: 'utf8' })
  assert.equal(said, 'heard\nmine\n')
})
