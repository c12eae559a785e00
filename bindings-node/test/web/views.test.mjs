/** Views in a page: what the server's HTML becomes, what is touched, and what of the person who uses it is let be. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Server } from '../../dist/esm/index.js'
import { bind, each, html } from '../../dist/esm/views.js'
import { open, person, site, timing, until } from './harness.mjs'

const row = ([key, { title, done }]) => html`<li class=${done ? 'done' : null} data-id=${key}>
  <input type="checkbox" .checked=${done} data-on-change="check" /><input class="title" .value=${title} data-on-input="rename" />
  <button data-on-click="drop">x</button></li>`

const views = {
  /** A list of things to do. */
  list: (request) => html`<main>
    <h1>${bind('title', request.get('title', 'Things'))}</h1>
    <form data-on-submit="add"><input id="new" name="title" .value=${bind('draft', request.get('draft', ''))} data-on-input="draft" /></form>
    <ul>${each(request.entries('todo/').sort(([, one], [, other]) => one.rank - other.rank), ([key]) => key, row)}</ul>
    ${bind('elements/end', request.get('elements/end'), { map: [['get', 'isIntersecting'], ['choose', [[true, 'the end is seen']], '']] })}
    ${request.get('menu') ? html`<nav><a href="/x">Open</a></nav>` : null}
    <p>${request.get('note', '')}</p>
  </main>`,
}

/** A server with the views, and a page that has what it rendered. */
async function serve(t, { hydrates = true, entries = {} } = {}) {
  const server = new Server({ views, origins: '*', authorize: () => ({ principal: 'ada', write: true }) })
  const { port } = await server.listen({ port: 0, host: '127.0.0.1' })
  t.after(() => server.close())
  for (const [key, value] of Object.entries(entries)) await server.room('list').set(key, value)
  const body = hydrates ? await server.html('list', 'list') : ''
  const page = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><div id="app">\n  ${body}\n</div>`
  const { origin } = await site(t, { pages: { '/': page } })
  return { server, room: server.room('list'), origin, url: `ws://127.0.0.1:${port}` }
}

/** Shows the view in the page, which counts what is touched from then on. */
const show = (page, url, options = {}) => page.evaluate(async ([url, timing, options]) => {
  const { connect } = await import('/dist/browser/index.js')
  const { mount } = await import('/dist/browser/views.js')
  const app = document.querySelector('#app')
  const client = await connect(url, { token: 'ada', timing, ...options })
  const room = client.room('list')
  const idOf = (element) => `todo/${element.closest('li').dataset.id.slice(5)}`
  const actions = {
    add: ({ element }) => {
      room.set(`todo/${room.keys('todo/').length}`, { title: element.elements.title.value, done: false, rank: room.keys('todo/').length })
      room.set('draft', '')
    },
    draft: ({ element }) => { room.set('draft', element.value) },
    check: ({ element }) => { room.merge(idOf(element), { done: element.checked }) },
    rename: ({ element }) => { room.merge(idOf(element), { title: element.value }) },
    drop: ({ element }) => { room.delete(idOf(element)) },
  }
  const mounted = mount(room, 'list', app, { actions })
  await mounted.ready
  const touched = []
  const watcher = new MutationObserver((records) => { touched.push(...records) })
  watcher.observe(app, { subtree: true, childList: true, characterData: true, attributes: true })
  const take = () => {
    touched.push(...watcher.takeRecords())
    return touched.splice(0).map(({ type, target, addedNodes, removedNodes }) => `${type} ${target.nodeName} +${addedNodes.length} -${removedNodes.length}`)
  }
  Object.assign(globalThis, { client, room, mounted, app, take })
}, [url, timing, options])

const todo = (titles) => Object.fromEntries(titles.map((title, rank) => [`todo/${title}`, { title, done: false, rank }]))
const titles = (page) => page.evaluate(() => [...document.querySelectorAll('li input.title')].map(({ value }) => value))
const sees = (page, wanted) => until(async () => JSON.stringify(await titles(page)) === JSON.stringify(wanted), wanted.join())

/** What the page shows is what a fresh render is, but for comments. */
async function isFresh(page, server) {
  const want = await server.html('list', 'list')
  const [have, fresh] = await page.evaluate((want) => {
    const holder = document.createElement('div')
    holder.innerHTML = want
    const hidden = new Set(['value', 'checked'])
    const told = (node) => {
      if (node.nodeType === 3) return node.data
      if (node.nodeType !== 1) return ''
      const names = node.getAttributeNames().filter((name) => !hidden.has(name)).sort()
      return `<${node.localName} ${names.map((name) => `${name}=${node.getAttribute(name)}`)}>${[...node.childNodes].map(told).join('')}</>`
    }
    return [globalThis.app, holder].map((root) => [...root.childNodes].map(told).join(''))
  }, want)
  assert.equal(have, fresh)
}

test("the server's HTML is taken over, and what somebody does with it meanwhile is let be", async (t) => {
  const { server, room, origin, url } = await serve(t, { entries: { title: 'Today', note: 'hello', ...todo(['tea', 'milk']) } })
  const page = await open(t, await person(t), origin)
  await page.focus('#new')
  await page.keyboard.type('half a wo')
  await page.evaluate(() => { globalThis.before = [...document.querySelectorAll('#app *')] })
  await show(page, url)
  assert.deepEqual(await page.evaluate(() => {
    const after = [...document.querySelectorAll('#app *')]
    return [after.length, after.every((element, at) => element === globalThis.before[at])]
  }), [14, true])
  assert.equal(await page.inputValue('#new'), 'half a wo')
  assert.equal(await page.evaluate(() => document.activeElement.id), 'new')
  await isFresh(page, server)

  await room.set('note', 'hi')
  await until(async () => await page.textContent('p') === 'hi')
  assert.deepEqual(await page.evaluate(() => globalThis.take()), ['characterData #text +0 -0'])
  await isFresh(page, server)
})

test('a page without HTML of the server shows the same', async (t) => {
  const { server, origin, url } = await serve(t, { hydrates: false, entries: { menu: true, ...todo(['tea', 'milk']) } })
  const page = await open(t, await person(t), origin)
  await show(page, url)
  await sees(page, ['tea', 'milk'])
  await isFresh(page, server)
})

for (const native of [true, false]) {
  test(`a row that is moved keeps focus, selection, what is typed and where it is scrolled${native ? '' : ', in older browsers too'}`, async (t) => {
    const { server, room, origin, url } = await serve(t, { entries: todo(['a', 'b', 'c', 'd', 'e']) })
    const page = await open(t, await person(t), origin, native ? {} : { init: 'delete Element.prototype.moveBefore' })
    await show(page, url)
    await page.evaluate(() => {
      const [, , third] = document.querySelectorAll('li')
      const title = third.querySelector('.title')
      title.focus()
      title.setSelectionRange(0, 1)
      document.head.append(Object.assign(document.createElement('style'), { textContent: '[data-id="todo/c"] { overflow: auto; height: 5px }' }))
      third.scrollTop = 3
      Object.assign(globalThis, { third, title, heard: [] })
      for (const type of ['blur', 'focus']) title.addEventListener(type, () => globalThis.heard.push(type))
    })
    await room.batch((write) => {
      for (const [rank, name] of ['c', 'e', 'd', 'b', 'a'].entries()) write.set(`todo/${name}`, { title: name, done: name === 'c', rank })
    })
    await sees(page, ['c', 'e', 'd', 'b', 'a'])
    assert.deepEqual(await page.evaluate(() => {
      const { third, title } = globalThis
      return [third === document.querySelector('li'), document.activeElement === title, title.selectionStart, title.selectionEnd, third.scrollTop, third.className]
    }), [true, true, 0, 1, 3, 'done'])
    if (native) assert.deepEqual(await page.evaluate(() => globalThis.heard), [])
    await isFresh(page, server)
  })
}

test('what somebody types is not written over by what was rendered before', async (t) => {
  const { server, room, origin, url } = await serve(t, { entries: todo(['a', 'b']) })
  const page = await open(t, await person(t), origin)
  await show(page, url)
  await page.focus('li:first-child .title')
  await page.keyboard.press('End')
  await page.keyboard.type('bcdefghij', { delay: 5 })
  await until(async () => (await room.get('todo/a')).title === 'abcdefghij')
  await sees(page, ['abcdefghij', 'b'])
  // Somebody else's words wait until these are done.
  await page.keyboard.type('k')
  await until(async () => (await room.get('todo/a')).title === 'abcdefghijk')
  await room.merge('todo/a', { title: 'other' })
  await room.set('note', 'told')
  await until(async () => await page.textContent('p') === 'told')
  assert.deepEqual(await titles(page), ['abcdefghijk', 'b'])
  await page.focus('#new')
  await sees(page, ['other', 'b'])
  await isFresh(page, server)
})

test('what is sent is shown at once, and the field is empty again', async (t) => {
  const { server, room, origin, url } = await serve(t)
  const page = await open(t, await person(t), origin)
  await show(page, url)
  await page.focus('#new')
  await page.keyboard.type('butter')
  await page.keyboard.press('Enter')
  assert.equal(await page.inputValue('#new'), '')
  await sees(page, ['butter'])
  assert.equal(page.url(), `${origin}/`)
  await page.check('li input[type=checkbox]')
  await until(async () => (await room.get('todo/0')).done === true)
  await until(() => page.evaluate(() => document.querySelector('li').className === 'done'))
  await page.click('li button')
  await sees(page, [])
  await isFresh(page, server)
})

test('an edit shows at once without a server, and is confirmed when there is one', async (t) => {
  const { server, origin, url } = await serve(t, { entries: { title: 'Today' } })
  const page = await open(t, await person(t), origin)
  await show(page, url)
  await page.evaluate(() => { globalThis.client.room('list').set('title', 'Tomorrow') })
  assert.equal(await page.textContent('h1'), 'Tomorrow')
  assert.deepEqual(await page.evaluate(() => globalThis.take()), ['characterData #text +0 -0'])
  await until(async () => await server.room('list').get('title') === 'Tomorrow')
  await until(() => page.evaluate(() => globalThis.mounted.view.metrics().right === 1))
  assert.deepEqual(await page.evaluate(() => globalThis.take()), [])
  await isFresh(page, server)
})

test('what an element of the page is follows like any other key', async (t) => {
  const { server, room, origin, url } = await serve(t)
  const page = await open(t, await person(t), origin)
  await show(page, url)
  await page.evaluate(async () => {
    const { observe } = await import('/dist/browser/element.js')
    document.body.insertAdjacentHTML('beforeend', '<p style="height: 3000px"></p><p id="end">The end</p>')
    observe('#end', { room: globalThis.room, key: 'elements/end', attributes: false, debounce: { quiet_ms: 1, max_wait_ms: 1 } })
  })
  await until(async () => (await room.get('elements/end'))?.isIntersecting === false)
  await isFresh(page, server)
  await server.close()
  await page.evaluate(() => { document.querySelector('#end').scrollIntoView() })
  await until(() => page.evaluate(() => document.querySelector('main').textContent.includes('the end is seen')))
})

test('what another script did to the page is mended', async (t) => {
  const { server, room, origin, url } = await serve(t, { entries: { menu: true, ...todo(['a', 'b', 'c']) } })
  const page = await open(t, await person(t), origin)
  await show(page, url)
  await page.fill('#new', 'half')
  for (const [spoil, key, value] of [
    ["document.querySelector('h1').textContent = 'mine'", 'title', 'Theirs'],
    ["document.querySelector('ul').remove()", 'todo/d', { title: 'd', done: false, rank: 3 }],
    ["document.querySelector('main').replaceChildren('mine')", 'menu', false],
    ["document.querySelector('#app').replaceChildren()", 'todo/b', { title: 'B', done: true, rank: 1 }],
  ]) {
    await page.evaluate(spoil)
    await room.set(key, value)
    await until(async () => isFresh(page, server).then(() => true, () => false), spoil)
  }
  assert.deepEqual([await titles(page), await page.textContent('h1')], [['a', 'B', 'c', 'd'], 'Theirs'])
})

test('a page that closes its view acts on nothing more', async (t) => {
  const { room, origin, url } = await serve(t, { entries: todo(['a']) })
  const page = await open(t, await person(t), origin)
  await show(page, url)
  await page.evaluate(() => { globalThis.mounted.close(); globalThis.mounted.close() })
  await page.click('li button')
  await room.set('note', 'late')
  await page.waitForTimeout(100)
  assert.deepEqual([await titles(page), await page.textContent('p')], [['a'], ''])
})

test('an action that there is not, and an engine without views, are told', async (t) => {
  const { origin, url } = await serve(t, { entries: todo(['a']) })
  const context = await person(t)
  const page = await open(t, context, origin)
  await show(page, url)
  await page.evaluate(() => { document.querySelector('h1').setAttribute('data-on-click', 'nothing') })
  await page.click('h1')
  await until(() => page.thrown.length > 0)
  assert.match(page.thrown.splice(0)[0].message, /one of the actions add, draft, .*nothing/)

  const other = await open(t, context, origin)
  const said = await other.evaluate(async (url) => {
    const { connect } = await import('/dist/browser/index.js')
    const room = (await connect(url, { token: 'ada' })).room('list')
    const { watch } = await import('/dist/browser/views.js')
    try {
      watch(room, 'list')
    } catch (error) {
      return `${error.code} ${error.message}`
    }
  }, url)
  assert.match(said, /NotFound .*an engine with views: import syncline\/views before connect/)
})
