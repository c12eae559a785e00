/** The others: each as its compiler leaves a component, or as it is written by hand if it has none. */

import './dom.mjs'

import { createVNode, render as renderInferno } from 'inferno'
import { createRoot, html as ivi, List, unmount, update, _t as instance } from 'ivi'
import { block, mapArray, mount, patch as patchBlock } from 'million'
import { attributesModule, h, init } from 'snabbdom'

const ROW =
  ivi`<tr class=${1} id=${1} data-id="row"><td class="a">${1}</td><td class="b">${1}</td><td class="c">${1}</td><td class="d">${1}</td></tr>`
    .d
const TABLE = ivi`<table>${1}</table>`.d

function iviPage(rows) {
  const row = (it) => instance(ROW, [it.cls, it.id, it.a, it.b, it.c, it.d])
  return instance(TABLE, [List(rows, (it) => it.key, row)])
}

function byIvi() {
  const element = document.createElement('div')
  const root = createRoot(element)
  return { element, render: (rows) => update(root, iviPage(rows)), end: () => unmount(root, true) }
}

const cell = (name, text) => createVNode(1, 'td', name, text, 16)

function infernoPage(rows) {
  const row = (it) => {
    const cells = [cell('a', it.a), cell('b', it.b), cell('c', it.c), cell('d', it.d)]
    return createVNode(1, 'tr', it.cls, cells, 4, { id: it.id, 'data-id': 'row' }, it.key)
  }
  return createVNode(1, 'table', null, rows.map(row), 8)
}

function byInferno() {
  const element = document.createElement('div')
  return {
    element,
    render: (rows) => renderInferno(infernoPage(rows), element),
    end: () => renderInferno(null, element),
  }
}

const patch = init([attributesModule])

function snabbdomPage(rows) {
  const row = (it) =>
    h('tr', { key: it.key, attrs: { class: it.cls, id: it.id, 'data-id': 'row' } }, [
      h('td', { attrs: { class: 'a' } }, it.a),
      h('td', { attrs: { class: 'b' } }, it.b),
      h('td', { attrs: { class: 'c' } }, it.c),
      h('td', { attrs: { class: 'd' } }, it.d),
    ])
  return h('table', rows.map(row))
}

function bySnabbdom() {
  const element = document.createElement('div')
  let shown
  const render = (rows) => {
    const next = snabbdomPage(rows)
    if (shown === undefined) shown = element.appendChild(document.createElement('table'))
    shown = patch(shown, next)
  }
  return { element, render, end() {} }
}

const node = (type, props) => ({ type, props })
const td = (name, text) => node('td', { class: name, children: [text] })
const Row = block((it) => {
  const children = [td('a', it.a), td('b', it.b), td('c', it.c), td('d', it.d)]
  return node('tr', { class: it.cls, id: it.id, 'data-id': 'row', children })
})
const Table = block((props) => node('table', { children: [props.list] }))

function byMillion() {
  const element = document.createElement('div')
  let shown
  const render = (rows) => {
    const row = (it) => Row({ cls: it.cls, id: it.id, a: it.a, b: it.b, c: it.c, d: it.d }, it.key)
    const next = Table({ list: mapArray(rows.map(row)) })
    if (shown === undefined) mount((shown = next), element)
    else patchBlock(shown, next)
  }
  return { element, render, end() {} }
}

/** Who renders beside us: each makes something with `render`, and what it rendered into. */
export const PEERS = { ivi: byIvi, inferno: byInferno, snabbdom: bySnabbdom, million: byMillion }
