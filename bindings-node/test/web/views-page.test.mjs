/** Views beside what else is in a page: its forms, scripts, dialogs, other views; and another server after a restart. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Server } from '../../dist/esm/index.js'
import { bind, each, h, html, raw } from '../../dist/esm/views.js'
import { open, person, site, timing, until } from './harness.mjs'

/** A page with a view of a server, and what it acts on: `did` has the names of its actions. */
async function show(t, view, { entries = {}, actions = '{}', hydrates = false, port = 0 } = {}) {
  const begin = async (port) => {
    const server = new Server({ views: { view }, origins: '*', authorize: () => ({ principal: 'ada', write: true }) })
    const address = await server.listen({ port, host: '127.0.0.1' })
    t.after(() => server.close())
    server.on('viewFailed', ({ error }) => { t.diagnostic(String(error)) })
    for (const [key, value] of Object.entries(entries)) await server.room('it').set(key, value)
    return { server, room: server.room('it'), port: address.port }
  }
  const running = await begin(port)
  const body = hydrates ? await running.server.html('it', 'view') : ''
  const { origin } = await site(t, { pages: { '/': `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><div id="app">${body}</div><button id="out">out</button>` } })
  const page = await open(t, await person(t), origin)
  await page.evaluate(async ([url, timing, actions]) => {
    const { connect } = await import('/dist/browser/index.js')
    Object.assign(globalThis, await import('/dist/browser/views.js'), { did: [], logged: [] })
    const log = ({ event }) => globalThis.logged.push(event)
    globalThis.room = (await connect(url, { token: 'ada', timing, log })).room('it')
    globalThis.mounted = globalThis.mount(globalThis.room, 'view', document.querySelector('#app'), { actions: (0, eval)(`(${actions})`) })
    await globalThis.mounted.ready
  }, [`ws://127.0.0.1:${running.port}`, timing, actions])
  return {
    ...running,
    page,
    did: () => page.evaluate(() => globalThis.did.splice(0)),
    /** Another server takes its place, with other entries. */
    async restart(others = {}) {
      await running.server.close()
      Object.assign(entries, others)
      return begin(running.port)
    },
  }
}

const shows = (page, text) => until(async () => (await page.textContent('#app')).includes(text), text)

test('no script of a view runs, whatever it is in', async (t) => {
  const story = 'globalThis.ran = true'
  const view = (request) => h('main', null, request.get('n', 0), h('script', null, story), h('svg', null, h('script', null, story)),
    request.get('more') ? html`<svg><script>globalThis.ran = true</script></svg><math><script>globalThis.ran = true</script></math>` : null,
    h('div', null, raw(`<script>${story}</script>`)))
  const { page, room } = await show(t, view)
  await room.set('more', true)
  await room.set('n', 1)
  await shows(page, '1')
  assert.deepEqual(await page.evaluate(() => [document.querySelectorAll('#app script').length, globalThis.ran]), [5, undefined])
})

test('events that go up, that do not, and those of a program reach their action', async (t) => {
  const view = () => html`<dialog id="d" data-on-close="close"></dialog><form><input id="i" required data-on-invalid="invalid" /></form>
    <details data-on-toggle="toggle"><summary>s</summary></details><b data-on-my-event="mine"><i id="c" data-on-my-event="inner"></i></b>
    <p data-on-click="outer"><button id="stop" data-on-click="stop">x</button></p>`
  const all = ['close', 'invalid', 'toggle', 'mine', 'inner', 'outer'].map((name) => `${name}: () => did.push('${name}')`)
  const { page, did } = await show(t, view, { actions: `{ ${all}, stop: ({ event }) => { did.push('stop'); event.stopPropagation() } }` })
  for (const [program, ...wanted] of [
    ["document.querySelector('#d').show(); document.querySelector('#d').close()", 'close'],
    ["document.querySelector('#i').form.reportValidity()", 'invalid'],
    ["document.querySelector('details').open = true", 'toggle'],
    ["document.querySelector('#c').dispatchEvent(new Event('my-event'))", 'inner'],
    ["document.querySelector('#c').dispatchEvent(new Event('my-event', { bubbles: true }))", 'inner', 'mine'],
    ["document.querySelector('#stop').click()", 'stop'],
  ]) {
    await page.evaluate(program)
    const heard = []
    await until(async () => heard.push(...(await did())) > 0 && heard.length >= wanted.length, program)
    assert.deepEqual(heard, wanted, program)
  }
})

test('a field called like something of the page does it no harm', async (t) => {
  const view = () => html`<form data-on-submit="send"><input name="parentNode" /><input name="getAttribute" /><input name="elements" /><button>x</button></form>`
  const { page, did } = await show(t, view, { actions: "{ send: () => did.push('send') }" })
  await page.evaluate(() => { document.querySelector('form button').click() })
  assert.deepEqual(await did(), ['send'])
})

test("a view within another one, and HTML as it is, have none of the other's actions", async (t) => {
  const view = () => h('main', null, h('div', { id: 'inner' }), h('p', null, raw('<b id="raw" data-on-click="act">x</b>')),
    h('button', { 'data-on-click': 'act' }, 'x'))
  const { page, did } = await show(t, view, { actions: "{ act: () => did.push('outer') }" })
  await page.evaluate(async () => {
    const inner = document.querySelector('#inner')
    globalThis.other = globalThis.mount(globalThis.room, 'view', inner, { actions: { act: () => globalThis.did.push('inner') } })
    await globalThis.other.ready
  })
  await page.evaluate(() => { document.querySelector('#inner button').click() })
  await page.evaluate(() => { document.querySelector('#raw').click() })
  assert.deepEqual(await did(), ['inner'])
})

test('what is typed waits for no number, is not lost when it is sent, and goes when an action says so', async (t) => {
  const view = (request) => html`<form data-on-submit="send"><input id="n" .value=${bind('n', request.get('n', 5))} />
    <input id="chat" data-on-input="type" data-on-keydown="key" .value=${bind('chat', request.get('chat', ''))} /></form><p>${request.get('p', '')}</p>`
  const actions = `{ send: () => {}, type: ({ element }) => { room.set('chat', element.value) },
    key: ({ event }) => { if (event.key === 'Enter') { event.preventDefault(); room.set('chat', '') } } }`
  const { page, room } = await show(t, view, { actions })
  await page.fill('#n', '')
  await page.focus('#n')
  await page.keyboard.type('51')
  await room.set('n', 6)
  await room.set('p', 'told')
  await shows(page, 'told')
  await page.keyboard.type('234')
  assert.equal(await page.inputValue('#n'), '51234')
  // It was sent, and what the view says now is the other one's.
  await page.keyboard.press('Enter')
  assert.equal(await page.inputValue('#n'), '6')

  await page.focus('#chat')
  await page.keyboard.type('hello')
  await page.keyboard.press('Enter')
  await until(async () => (await page.inputValue('#chat')) === '', 'the field is empty')
  await page.keyboard.type('x')
  assert.equal(await page.inputValue('#chat'), 'x')
})

test('a choice is made once it is there, and one property that cannot be set keeps no other from it', async (t) => {
  const view = (request) => html`<select .value=${request.get('chosen', 'a')}>${each(request.get('choices', ['a', 'b']), (it) => it, (it) => html`<option>${it}</option>`)}</select>
    <input .list=${'x'} .value=${'shown'} .indeterminate=${request.get('half', false)} />`
  const { page, room } = await show(t, view)
  await until(() => page.thrown.length > 0, 'the error')
  assert.match(page.thrown.splice(0)[0].message, /the property \.list of <input> takes/)
  assert.equal(await page.inputValue('input'), 'shown')
  await room.set('chosen', 'c')
  await room.set('choices', ['a', 'c'])
  await until(async () => (await page.inputValue('select')) === 'c', 'the choice')
  await room.set('choices', ['a'])
  await room.set('choices', ['c', 'a'])
  await until(async () => (await page.inputValue('select')) === 'c', 'the choice again')
})

test('after a restart rows are the same ones, and what a person or a script did to elements stays', async (t) => {
  const row = ([, name]) => html`${name}=<input />`
  const view = (request) => html`<dialog id="d">modal</dialog><details><summary>s</summary>more</details><p class="own">${request.get('p', 'one')}</p>
    ${request.get('half', true) ? h('input', { id: 'half', '.indeterminate': true }) : h('input', { id: 'half' })}
    <ul>${each(request.entries('row/'), ([key]) => key, row)}</ul>`
  const world = await show(t, view, { entries: { 'row/b': 'b', 'row/c': 'c' } })
  const { page } = world
  await page.evaluate(() => {
    document.querySelector('#d').showModal()
    document.querySelector('details').open = true
    Object.assign(document.querySelector('.own').dataset, { mine: 'yes' })
    globalThis.typed = document.querySelector('ul input')
    globalThis.typed.value = 'typed into b'
  })
  await world.restart({ 'row/a': 'a', p: 'two', half: false })
  await shows(page, 'two')
  assert.deepEqual(await page.evaluate(() => [
    document.querySelector('#d').matches(':modal') === document.querySelector('#d').open,
    document.querySelector('details').open,
    document.querySelector('.own').dataset.mine,
    document.querySelector('#half').indeterminate,
    [...document.querySelectorAll('ul input')].map((input) => input === globalThis.typed),
    document.querySelector('ul').textContent,
  ]), [true, true, 'yes', false, [false, true, false], 'a=b=c='])
})

test('an element of its own kind has what it is to have when it comes into the page, from HTML too', async (t) => {
  const view = (request) => html`<x-part label=${request.get('label', 'one')}><b>1</b></x-part>`
  const { page } = await show(t, view)
  const other = await page.evaluate(async () => {
    const seen = []
    customElements.define('x-part', class extends HTMLElement {
      connectedCallback() { seen.push(`${this.getAttribute('label')} ${this.children.length}`) }
    })
    seen.length = 0
    const holder = document.createElement('div')
    document.body.append(holder)
    await globalThis.mount(globalThis.room, 'view', holder).ready
    return seen
  })
  assert.deepEqual(other, ['one 1'])
})

test('the caret stays where it is in text that changes', async (t) => {
  const { page, room } = await show(t, (request) => html`<p id="e" contenteditable="true">${request.get('text', 'hello')}</p>`)
  await page.evaluate(() => { getSelection().collapse(document.querySelector('#e').firstChild, 5) })
  await room.set('text', 'hello you')
  await shows(page, 'hello you')
  assert.equal(await page.evaluate(() => getSelection().anchorOffset), 5)
})

test('a view that ends stays in the page, acts no more, and says so', async (t) => {
  const view = (request) => (request.get('gone') ? undefined : html`<button data-on-click="act">x</button>`)
  const { page, room, did } = await show(t, view, { actions: "{ act: () => did.push('act') }" })
  await room.set('gone', true)
  await until(() => page.evaluate(() => globalThis.mounted.view.closed), 'the end')
  await page.click('#app button')
  assert.deepEqual([await did(), await page.evaluate(() => globalThis.logged.includes('viewEnded'))], [[], true])
})
