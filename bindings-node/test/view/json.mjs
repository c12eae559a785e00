/** What states show, in the form that `renderJson` takes. */

import { Buffer } from 'node:buffer'

import { TEMPLATES } from './samples.mjs'

const isHole = (value) => value === null || value === undefined || typeof value === 'boolean'
const text = (value) => Buffer.from(String(value)).toString()

/** What a property holds, as JSON; undefined if it is not there. */
function property(d) {
  return typeof d.v === 'bigint' ? String(d.v) : 'json' in d ? d.json : d.v
}

function attribute(value) {
  return isHole(value) ? (value === true ? true : null) : text(value)
}

/** What a state shows. */
export function jsonOf(d, kind = 'n', key = undefined) {
  if ('bound' in d) return boundJson(d)
  if (kind === 'p') {
    const held = property(d)
    return held === undefined ? null : JSON.parse(JSON.stringify(held), well)
  }
  if (kind !== 'n') return attribute(d.v)
  if ('v' in d) return isHole(d.v) ? null : text(d.v)
  const keyed = key === undefined ? {} : { key: text(key) }
  if ('t' in d)
    return { template: d.t, ...keyed, slots: d.slots.map((slot, nth) => jsonOf(slot, TEMPLATES[d.t][0][nth])) }
  if ('each' in d) return { fragment: d.each.map((it) => jsonOf(it.d, 'n', it.key)) }
  if ('array' in d) return { fragment: d.array.map((it) => jsonOf(it)) }
  return 'h' in d ? elementJson(d, key ?? d.key) : jsonOf(d.memo.d, 'n', key)
}

function elementJson(d, key) {
  const entries = d.props?.fixed ? Object.entries(d.props.fixed) : (d.props?.own ?? [])
  const attrs = entries.filter(([, value]) => value !== undefined)
  const told = attrs.map(([name, value]) => [
    name,
    name.startsWith('.') ? JSON.parse(JSON.stringify(value), well) : attribute(value),
  ])
  const inner = d.raw === undefined ? { children: d.children.map((child) => jsonOf(child)) } : { html: d.raw }
  return { tag: d.h, ...(key === undefined ? {} : { key: text(key) }), attrs: Object.fromEntries(told), ...inner }
}

function boundJson({ bound, value, map, cases, each: list }) {
  if (list)
    return {
      bind: { key: bound, each: { template: TEMPLATES.length, key: [['get', 'n']], slots: [[['get', 'n']]] } },
      value,
    }
  if (cases)
    return { bind: { key: bound, cases: cases.map(([it]) => it) }, value, cases: cases.map(([, d]) => jsonOf(d)) }
  return { bind: map ? { key: bound, map } : { key: bound }, value }
}

function well(_, value) {
  return typeof value === 'string' ? text(value) : value
}
