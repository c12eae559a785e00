// A reference of the draft format: applies drafts to a tree of plain objects, and refuses what is not allowed.
export const hole = { hole: true }
class Reader {
  constructor(bytes) {
    this.b = bytes
    this.at = 0
  }
  get done() {
    return this.at === this.b.length
  }
  byte() {
    if (this.at >= this.b.length) throw new Error('ends early')
    return this.b[this.at++]
  }
  number() {
    let n = 0,
      m = 1
    for (;;) {
      const x = this.byte()
      n += (x & 127) * m
      if (x < 128) {
        if (x === 0 && m > 1) throw new Error('not the shortest number')
        return n
      }
      m *= 128
    }
  }
  utf8(n) {
    if (this.at + n > this.b.length) throw new Error('ends early')
    const t = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.b.subarray(this.at, this.at + n))
    this.at += n
    return t
  }
  text() {
    return this.utf8(this.number())
  }
}
export function applier(slotsOf) {
  const tree = (r) => {
    const head = r.number(),
      kind = head & 3,
      n = Math.floor(head / 4)
    if (kind === 0) return { text: r.utf8(n) }
    if (kind !== 1) throw new Error('not a kind of a draft: ' + kind)
    if (n === 0) return hole
    if (n === 1) {
      const count = r.number()
      const children = []
      for (let i = 0; i < count; i++) children.push(tree(r))
      return { children }
    }
    if (n === 2) throw new Error('reserved')
    const k = r.number()
    const key = k === 0 ? undefined : r.utf8(k - 1)
    const slots = slotsOf(n - 3).map(() => tree(r))
    return { template: n - 3, key, slots }
  }
  const childrenOf = (c) =>
    c.slots ??
    c.children ??
    (() => {
      throw new Error('not a container')
    })()
  const list = (r, c, front) => {
    const old = c.children
    if (!old) throw new Error('LIST in what is no fragment')
    if (front > old.length) throw new Error('front too large')
    const out = old.slice(0, front)
    let at = front
    for (let first = true; ; first = false) {
      const byte = r.byte()
      if (byte === 1) {
        if (!first) throw new Error('draft form not at the start')
        const gone = r.number(),
          count = r.number(),
          back = r.number()
        if (gone !== old.length - front - back) throw new Error(`followed ${gone}, not all others`)
        const used = new Set()
        for (let i = 0; i < count; i++) {
          const from = r.number()
          if (from === 0) {
            out.push(tree(r))
            continue
          }
          if (from - 1 < front || from - 1 >= old.length - back) throw new Error('old child out of range')
          if (used.has(from)) throw new Error('old child twice')
          used.add(from)
          out.push(old[from - 1])
        }
        for (let i = old.length - back; i < old.length; i++) out.push(old[i])
        break
      }
      const kind = byte & 3
      let n = byte >> 2
      if (n === 63) n += r.number()
      if (kind === 0) {
        if (n === 0) {
          out.push(...old.slice(at))
          break
        }
        out.push(...old.slice(at, at + n))
        at += n
      } else if (kind === 1) at += n
      else if (kind === 2) for (let i = 0; i < n; i++) out.push(tree(r))
      else throw new Error('MOVE in a draft')
      if (at > old.length) throw new Error('past the end')
    }
    c.children = out
  }
  return (roots, bytes) => {
    const r = new Reader(bytes)
    const stack = [{ c: roots, at: 0, fresh: true }]
    let last
    while (!r.done) {
      const byte = r.byte(),
        kind = byte & 7
      let n = byte >> 3
      if (n === 31) n += r.number()
      const top = stack[stack.length - 1]
      last = kind
      if (kind === 1) {
        if (n < 1 || n >= stack.length) throw new Error('leaves too much')
        stack.length -= n
        continue
      }
      if (kind === 7) {
        if (!top.fresh) throw new Error('LIST behind other steps')
        list(r, top.c, n)
        top.at = 0
        top.fresh = false
        continue
      }
      top.fresh = false
      top.at += n
      const children = childrenOf(top.c)
      if (top.at >= children.length) throw new Error('past the end')
      const node = children[top.at]
      if (kind === 0) {
        childrenOf(node)
        stack.push({ c: node, at: 0, fresh: true })
      } else if (kind === 2) {
        if (node.text === undefined) throw new Error('TEXT of what is none')
        const text = r.text()
        children[top.at] = { text }
      } else if (kind === 4) children[top.at] = tree(r)
      else throw new Error('not a step of a draft: ' + kind)
      top.at++
    }
    if (last === 1) throw new Error('LEAVE at the end')
    if (last === 0) throw new Error('ENTER at the end')
  }
}
// A stand-in of the engine: kinds of slots by simple scanning.
export class Fake {
  templates = []
  template(strings) {
    const kinds = []
    let inTag = false,
      quote = ''
    for (let i = 0; i + 1 < strings.length; i++) {
      for (const ch of strings[i]) {
        if (quote) {
          if (ch === quote) quote = ''
        } else if (inTag) {
          if (ch === '>') inTag = false
          else if (ch === '"' || ch === "'") quote = ch
        } else if (ch === '<') inTag = true
      }
      const name = /([.\w-]+)=["']?$/.exec(strings[i])?.[1]
      kinds.push(!inTag ? 2 : name === 'href' || name === 'src' ? 3 : name?.startsWith('.') ? 1 : 0)
    }
    this.templates.push({ strings, kinds })
    return { id: this.templates.length - 1, slots: Uint8Array.from(kinds) }
  }
  harmless(_, value) {
    return 'unsafe:' + value
  }
  names = []
  tag(name) {
    return this.#name(name)
  }
  attribute(name) {
    return this.#name(name) * 2 + (name === 'href' ? 1 : 0)
  }
  #name(name) {
    if (!this.names.includes(name)) this.names.push(name)
    return this.names.indexOf(name) + 1
  }
  bind() {
    throw new Error('no bindings here')
  }
  tell() {
    throw new Error('no bindings here')
  }
}
