/** Views and screens as applications use them. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ClosedError, ProtocolError, SynclineError } from 'syncline'
import { bind, each, fragment, h, html, raw, Screen, View } from 'syncline/views'

import { EPOCH, pair } from './pair.mjs'

test('a frame takes a screen from any revision to the latest', () => {
  const { view, screen, show } = pair()
  const page = (count) => html`<p class=${'a'}>Count: ${count}</p>`
  assert.deepEqual(view.cursor, { epoch: EPOCH, revision: 0 })
  assert.equal(view.frame().length, 0)
  show(page(1))
  assert.equal(screen.html(), '<p class="a">Count: <!---->1</p>')
  assert.deepEqual(show(page(2)), [{ op: 'text', path: [0, 1], text: '2' }])
  const late = screen.cursor
  show(page(3))
  show(h('p', null, 'other'))
  const slow = new Screen()
  assert.throws(
    () => slow.take(view.frame(late)),
    (error) => error instanceof ProtocolError && error.code === 'Unexpected',
  )
  slow.take(view.frame(slow.cursor))
  assert.equal(slow.html(), '<p>other</p>')
})

test('renders of texts are told when somebody asks, as one revision', () => {
  const { view, screen, show } = pair()
  const page = (one, two) =>
    html`<p>${one}</p>
      <p>${two}</p>`
  show(page('a', 'b'))
  for (let count = 0; count < 200; count += 1) assert(view.render(page(`a${count}`, `b${count >> 1}`)))
  assert(!view.render(page('a199', 'b99')))
  assert.equal(view.cursor.revision, 2)
  screen.take(view.frame(screen.cursor))
  assert.equal(screen.html(), '<p>a199</p><p>b99</p>')
})

test('elements by hand move, change and are told apart by their keys', () => {
  const { show, view } = pair()
  const list = (keys, more) =>
    h(
      'ul',
      null,
      keys.map((key) => h('li', { key, ...more }, `row ${key}`)),
    )
  show(list([1, 2, 3]))
  assert.deepEqual(show(list([3, 1, 2])), [{ op: 'children', path: [0], parts: [{ move: 2, count: 1 }, { keep: 2 }] }])
  show(list([3, 4, 2], { class: 'x', title: null }))
  assert.equal(view.html(), '<ul><li class="x">row 3</li><li class="x">row 4</li><li class="x">row 2</li></ul>')
  assert.deepEqual(
    show(h('ul', { hidden: true, '.items': [1] }, list([3]), fragment('a', ['b']), null)).map(({ op }) => op),
    ['set', 'set', 'children'],
  )
  assert.match(view.html(), /^<ul hidden="">.*<\/ul>a<!---->b<!----><\/ul>$/)
})

test('attributes are as JSON says them', () => {
  const { view, show } = pair()
  const attrs = {
    a: 1,
    b: true,
    c: false,
    d: null,
    e: undefined,
    f: 'x',
    '.g': { h: null },
    '.i': null,
    href: 'javascript:x',
  }
  show(h('a', attrs))
  const told = { a: '1', b: '', f: 'x', '.g': { h: null }, '.i': null, href: 'unsafe:javascript:x' }
  assert.deepEqual(JSON.parse(view.json()), { tag: 'a', attrs: told })
  show(h('a', { b: true, href: 'https://x', f: 'y', a: 2 }))
  assert.equal(view.json(), '{"tag":"a","attrs":{"b":"","href":"https://x","f":"y","a":"2"}}')
  assert.deepEqual(show(h('a', { b: true, href: 'data:,x', f: 'y', a: 2 })), [
    { op: 'set', path: [0], name: 'href', value: 'unsafe:data:,x' },
  ])
  const held = { list: [1] }
  show(h('a', { '.x': held }))
  held.list.push(2)
  show(h('a', { '.x': held }))
  assert.equal(view.json(), '{"tag":"a","attrs":{".x":{"list":[1,2]}}}')
})

test('HTML as it is stands alone in an element', () => {
  const { view, show } = pair()
  for (const it of ['<b>1</b>', '<b>2</b>', '<b>2</b>']) show(h('div', { id: it.length }, raw(it)))
  assert.equal(view.html(), '<div id="8"><b>2</b></div>')
  show(h('div', null, 'a', 'b'))
  show(h('div', null, raw('<i>')))
  assert.throws(() => h('div', null, 'x', raw('<b>')), { code: 'InvalidArgument' })
  assert.throws(() => view.render(html`<p>${raw('<b>')}</p>`), /raw HTML as all that an element of h has in slot 0/)
  assert.throws(() => raw(1), { code: 'InvalidArgument' })
})

test('elements that are kept are what is shown, in turn with others, and after an error', () => {
  const { view, show } = pair()
  const make = (text) => h('b', null, text, h('i', null, text))
  const kept = ['1', '2'].map(make)
  const page = (it, end) => h('p', null, it, end)
  for (const it of [kept[0], kept[0], kept[0], make('x'), kept[0], kept[1], kept[1], make('2'), kept[1], kept[0]]) {
    show(page(it))
    const [{ children }] = JSON.parse(view.json()).children
    assert.equal(children[0], it.children[0])
  }
  assert.throws(() => view.render(page(kept[1], () => 1)))
  assert(!view.render(page(kept[0])))
  assert.throws(() => view.render(page(kept[1], () => 1)))
  assert(view.render(page(kept[1])))
  assert.equal(view.html(), '<p><b>2<i>2</i></b><!----></p>')
  const leaf = h('b', null, 'a', 'b')
  show(page(null))
  show(page(leaf))
  show(page(h('b', null, h('i'), 'b')))
  show(page(leaf))
  assert.equal(view.html(), '<p><b>a<!---->b</b><!----></p>')
})

test('templates, elements and lists stand in each other', () => {
  const { show, view } = pair()
  const page = (rows, to) =>
    h(
      'main',
      null,
      html`<ul>
        ${each(
          rows,
          (it) => it,
          (it) => h('li', { to }, html`<b>${it}</b>`),
        )}
      </ul>`,
    )
  show(page([1, 2], 'x'))
  assert.equal(show(page([2, 1], 'x')).length, 1)
  assert.deepEqual(
    show(page([2, 1], 'y')).map(({ op }) => op),
    ['set', 'set'],
  )
  assert.equal(view.html(), '<main><ul><li to="y"><b>2</b></li><li to="y"><b>1</b></li></ul></main>')
})

test('JSON and templates render the same view in turn', () => {
  const { view, screen, show } = pair()
  const page = (text) => h('p', { id: 'x' }, text)
  show(page('a'))
  assert(!view.renderJson('["p",{"id":"x"},"a"]'))
  assert(view.renderJson('["",["p",{"id":"x"},"b"],"more"]'))
  show(page('c'))
  assert.equal(screen.html(), '<p id="x">c</p>')
  assert(view.renderJson('["p",{"id":"x"},"d"]'))
  assert.deepEqual(show(page('e')), [{ op: 'text', path: [0], text: 'e' }])
  show(null)
  assert.equal(screen.html(), '<!---->')
})

test('after an error nothing is changed', () => {
  const { view, show } = pair()
  const page = (text, more) => h('p', null, text, more)
  show(page('a'))
  view.render(page('b'))
  const nested = (depth) => (depth === 0 ? 'x' : h('b', null, nested(depth - 1)))
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, nth) => [`a${nth}`, 'x']))
  for (const [value, code] of [
    [page('c', nested(300)), 'TooDeep'],
    [page('c', h('b', many)), 'TooManyItems'],
    [page('c', h('a b')), 'InvalidName'],
    [page('c', h('b', { onclick: 'x' })), 'InvalidName'],
    [page('c', h('b', { '.innerHTML': 'x' })), 'InvalidName'],
    [page('c', h('b', { 'a\ud800': 'x' })), 'LoneSurrogate'],
    [page('c', h('b', { a: {} })), 'InvalidArgument'],
    [page('c', h('b', ['x'])), 'InvalidArgument'],
    [page('c', h('b', h('i'))), 'InvalidArgument'],
    [page('c', {}), 'InvalidArgument'],
    [page('c', html`<b>${'x'}</i>`), 'InvalidArgument'],
    [page('c', html`<b onclick=${'x'}></b>`), 'InvalidName'],
    [page('c', html`<b title=${h('i')}></b>`), 'InvalidArgument'],
    [page('c', html`<b title=${bind('k', 1, { cases: [] })}></b>`), 'InvalidArgument'],
    [page('c', bind('k', 1, { map: ['no'] })), 'InvalidArgument'],
    [
      page(
        'c',
        bind('k', () => 1),
      ),
      'InvalidArgument',
    ],
    [undefined, 'InvalidArgument'],
    ['x', 'InvalidArgument'],
    [['x'], 'InvalidArgument'],
  ]) {
    assert.throws(
      () => view.render(value),
      (error) => {
        assert(error instanceof SynclineError, error.stack)
        assert.equal(error.code, code, error.message)
        assert(error.expected !== '' && error.actual !== '')
        return true
      },
    )
    assert.equal(view.html(), '<p>b<!----></p>')
  }
  assert.throws(() => view.renderJson('{"tag":1}'), { code: 'InvalidArgument' })
  assert.throws(() => view.renderJson('['), { code: 'InvalidJson' })
  assert(!view.render(page('b')))
  show(page('d'))
  assert.equal(view.html(), '<p>d<!----></p>')
})

test('what is wrong is refused where it is made', () => {
  for (const make of [
    () => h(1),
    () => h('p', 'text'),
    () => h('p', { key: {} }),
    () => bind(1),
    () => bind('k', 1, { mapp: [] }),
    () => new View(1),
    () => new View('v', { epoch: 'x' }),
    () => new View('v', { name: 'x' }),
    () => new View('v').frame(null),
    () => new View('v').frame({ epoch: 'x', revision: 0 }),
    () => new View('v').frame({ epoch: EPOCH, revision: -1 }),
    () => new Screen().take('x'.repeat(1_000)),
    () => new Screen().predict(-1, 'k', 1),
  ]) {
    assert.throws(make, (error) => error instanceof SynclineError, String(make))
  }
})

test('a closed view and a closed screen refuse everything', () => {
  const [view, screen] = [new View('v'), new Screen()]
  view.render(html`<p>${1}</p>`)
  view.close()
  view.close()
  screen.close()
  for (const use of [
    () => view.render(null),
    () => view.renderJson('[]'),
    () => view.cursor,
    () => view.frame(),
    () => view.frameJson(),
    () => view.html(),
    () => view.json(),
    () => screen.take(new Uint8Array(1)),
    () => screen.change(),
    () => screen.html(),
    () => screen.predict(1, 'k', 1),
    () => screen.settle(1),
    () => screen.undo(1),
    () => screen.observe('k', 1, 2),
    () => screen.cursor,
    () => screen.metrics(),
  ]) {
    assert.throws(use, ClosedError, String(use))
  }
})

test('views that nobody holds are freed', { skip: globalThis.gc === undefined && 'without --expose-gc' }, async () => {
  const before = process.memoryUsage().rss
  for (let round = 0; round < 40; round += 1) {
    for (let count = 0; count < 20; count += 1) new View('v').render(h('p', null, 'x'.repeat(200_000)))
    globalThis.gc()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const grown = process.memoryUsage().rss - before
  assert(grown < 100_000_000, `${grown} bytes`)
})

test('what is too deep is refused before a stack overflows', () => {
  const within = (make, count) => {
    let node = 'x'
    for (let index = 0; index < count; index += 1) node = make(node)
    return node
  }
  const itself = []
  itself.push(itself, itself)
  const makes = {
    h: (node) => h('i', null, node),
    'h with more': (node) => h('i', null, 'a', node),
    html: (node) => html`<i>${node}</i>`,
    'html alone': (node) => html`${node}`,
    each: (node) => html`<i>${each([node], () => 1, (item) => item)}</i>`,
    arrays: (node) => html`<i>${[node]}</i>`,
    cases: (node) => html`<i>${bind('a', true, { cases: [[true, node]] })}</i>`,
  }
  const isTooDeep = ({ code }) => code === 'TooDeep'
  for (const [name, make] of Object.entries(makes)) {
    const { view, show } = pair()
    show(h('p', null, 'before'))
    for (const count of [600, 20_000, 200_000]) {
      assert.throws(() => view.render(within(make, count)), isTooDeep, `${name} ${count}`)
      assert.throws(() => view.render(h('p', null, within(make, count))), isTooDeep, `${name} ${count}`)
    }
    assert.equal(view.html(), '<p>before</p>')
    show(within(make, 100))
    show(h('p', null, 'after'))
    assert.equal(view.html(), '<p>after</p>')
  }
  // The engine's own bound is of elements.
  const { view, show } = pair()
  show(within(makes.h, 256))
  for (const make of [makes.h, makes.html, makes.each]) assert.throws(() => { view.render(within(make, 257)); view.frame() }, isTooDeep)
  assert.equal(view.html(), within((node) => `<i>${node}</i>`, 256))
  for (const make of [() => h('p', null, itself), () => fragment(itself), () => view.render(html`<p>${itself}</p>`)]) assert.throws(make, isTooDeep)
  assert.throws(() => h('p', null, within((node) => [node], 200_000)), isTooDeep)
})

test('no property that is an address makes a program of an array', () => {
  const view = new View('links')
  const screen = new Screen()
  const show = (node) => {
    view.render(node)
    screen.take(view.frame(screen.cursor))
    return view.json()
  }
  const link = (to) => html`<a .href=${to}>x</a>`
  for (const to of [['javascript:x'], [['javascript:x']], { a: 'javascript:x' }, 'javascript:x', 'java\nscript:x', 'data:image/svg+xml,x']) {
    for (const node of [link('/x'), link(to), h('a', { '.href': to }), link(bind('to', to)), h('a', { '.href': '/x' }), h('a', { '.href': to })]) {
      const told = show(node)
      assert.ok(told.includes('unsafe:') || told.includes('/x'), told)
    }
  }
  for (const to of ['/x', 'https://x/', null, true, 7, 'a\\b', 'data:image/png,x']) assert.ok(!show(link(to)).includes('unsafe:'), String(to))
  assert.throws(() => show(h('a', { '.protocol': 'javascript:' })), { code: 'InvalidName' })
  // A screen takes what names an attribute that an animation changes.
  show(html`<svg><animate attributeName="href" /></svg>`)
  show(h('svg', null, h('animate', { attributeName: 'unsafe:href' })))
})
