/**
 * What rendering costs in Node, from the state to the bytes of a frame, beside others that render into a document that
 * does next to nothing; all in one process, in turn. Prints microseconds, medians, and how many times as long others
 * take.
 *
 * `views.mjs [WORK…]`; `ROUNDS=n` and `RENDERS=n` for more or fewer turns, `QUANTILE=n` for another one than the median.
 */

import { each, h, html, View } from '../../bindings-node/dist/esm/views.js'
import { show } from '../views-node/dom.mjs'
import { PEERS } from '../views-node/peers.mjs'
import { shownText, SMALL, WORK } from '../views-node/work.mjs'

const ROUNDS = Number(process.env.ROUNDS ?? 7)
const RENDERS = Number(process.env.RENDERS ?? 60)
const QUANTILE = Number(process.env.QUANTILE ?? 0.5)
/** Renders of a small component in a turn, and of which the engine is told at once. */
const [TURN, TOLD] = [3200, 64]

function htmlPage(rows) {
  const row = (it) =>
    html`<tr class=${it.cls} id=${it.id} data-id="row">
      <td class="a">${it.a}</td>
      <td class="b">${it.b}</td>
      <td class="c">${it.c}</td>
      <td class="d">${it.d}</td>
    </tr>`
  return html`<table>
    ${each(rows, (it) => it.key, row)}
  </table>`
}

function handPage(rows) {
  const row = (it) => {
    const cells = [
      h('td', { class: 'a' }, it.a),
      h('td', { class: 'b' }, it.b),
      h('td', { class: 'c' }, it.c),
      h('td', { class: 'd' }, it.d),
    ]
    return h('tr', { key: it.key, class: it.cls, id: it.id, 'data-id': 'row' }, cells)
  }
  return h('table', null, rows.map(row))
}

const [A, B, C, D] = ['a', 'b', 'c', 'd'].map((name) => ({ class: name }))

function hoistedPage(rows) {
  const row = (it) => {
    const attrs = { key: it.key, class: it.cls, id: it.id, 'data-id': 'row' }
    return h('tr', attrs, h('td', A, it.a), h('td', B, it.b), h('td', C, it.c), h('td', D, it.d))
  }
  return h('table', null, rows.map(row))
}

/** A view with one screen, which is told each render. */
function own(page) {
  return () => {
    const view = new View('table')
    let cursor
    const render = (rows) => {
      view.render(page(rows))
      view.frame(cursor)
      cursor = view.cursor
    }
    return { render, end: () => view.close() }
  }
}

const OWN = { html: own(htmlPage), h: own(handPage), hoisted: own(hoistedPage) }
const WAYS = { ...OWN, ...PEERS }

const now = () => Number(process.hrtime.bigint()) / 1000
const quantile = (all) => all.toSorted((one, other) => one - other)[Math.floor(all.length * QUANTILE)]
const line = (name, cells) => console.log(name.padEnd(20) + cells.map((cell) => cell.padStart(10)).join(''))

/** Why a way cannot do some work, if it cannot. */
function fault(name, [before, after]) {
  try {
    const way = WAYS[name]()
    if (before !== undefined) way.render(before)
    way.render(after)
    if (way.element !== undefined && show(way.element).toLowerCase() !== shownText(after)) return 'shows something else'
    way.end()
    return undefined
  } catch (error) {
    return error.message
  }
}

/** How long renders take that show what comes after. */
function times(name, [before, after]) {
  const all = []
  let way
  for (let count = 0; count < RENDERS; count += 1) {
    if (before === undefined) way = WAYS[name]()
    else (way ??= WAYS[name]()).render(before)
    const start = now()
    way.render(after)
    all.push(now() - start)
    if (before === undefined) way.end()
  }
  return all
}

function measure(works) {
  const found = new Map()
  const names = Object.keys(WAYS)
  for (const work of works) {
    for (const name of names) {
      const wrong = fault(name, WORK[work])
      if (wrong === undefined) found.set(`${name} ${work}`, [])
      else console.log(`${name} does not ${work}: ${wrong}`)
    }
  }
  // The first round is for the compiler.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const work of works) {
      for (const name of names) {
        const all = found.has(`${name} ${work}`) ? times(name, WORK[work]) : []
        if (round > 0) found.get(`${name} ${work}`)?.push(...all)
      }
    }
  }
  return (name, work) => (found.has(`${name} ${work}`) ? quantile(found.get(`${name} ${work}`)) : Infinity)
}

function report(works, took) {
  line('us', works)
  for (const name of Object.keys(WAYS))
    line(
      name,
      works.map((work) => took(name, work).toFixed(1)),
    )
  const fastest = (work) => Math.min(...Object.keys(PEERS).map((peer) => took(peer, work)))
  for (const name of Object.keys(OWN)) {
    line(
      `fastest / ${name}`,
      works.map((work) => (fastest(work) / took(name, work)).toFixed(2)),
    )
    line(
      `snabbdom / ${name}`,
      works.map((work) => (took('snabbdom', work) / took(name, work)).toFixed(2)),
    )
  }
}

/** A component of 15 nodes: one text of it changes, or the texts of 64 of them in turn. */
function measureSmall() {
  const one = new View('one')
  const many = Array.from({ length: TOLD }, () => new View('many'))
  const ways = {
    html(nth) {
      one.render(htmlPage(SMALL[nth & 7]))
      if (nth % TOLD === TOLD - 1) one.frame(one.cursor)
    },
    'html, 64 views'(nth) {
      const view = many[nth % TOLD]
      view.render(htmlPage(SMALL[Math.floor(nth / TOLD) & 7]))
      view.frame(view.cursor)
    },
  }
  for (const name of ['ivi', 'inferno']) {
    const way = PEERS[name]()
    ways[name] = (nth) => way.render(SMALL[nth & 7])
  }
  const found = Object.fromEntries(Object.keys(ways).map((name) => [name, []]))
  for (let round = 0; round < 41; round += 1) {
    for (const name of Object.keys(ways)) {
      const start = now()
      for (let nth = 0; nth < TURN; nth += 1) ways[name](nth)
      if (round > 7) found[name].push(((now() - start) * 1000) / TURN)
    }
  }
  console.log('\nns of a render of 15 nodes')
  for (const name of Object.keys(ways)) line(name, [quantile(found[name]).toFixed(0)])
}

const works = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(WORK)
report(works, measure(works))
measureSmall()
