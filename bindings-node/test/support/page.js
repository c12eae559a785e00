// A page without a screen: its documents are real, and what is in view is said by the test.

import { after } from 'node:test'

import { JSDOM } from 'jsdom'

// Observing does not keep a process, and tests are one.
const stay = setInterval(() => {}, 1_000)
after(() => clearInterval(stay))

/** A page that ends with the test. Counts how often observers are made. */
export function page(t, html = '', { intersects = true } = {}) {
  const { window } = new JSDOM(`<!doctype html><body>${html}</body>`)
  t.after(() => window.close())
  const made = { mutation: [], intersection: [] }
  class Mutations extends window.MutationObserver {
    constructor(take) {
      super(take)
      this.connected = false
      made.mutation.push(this)
    }

    observe(root, options) {
      this.connected = true
      this.options = options
      super.observe(root, options)
    }

    disconnect() {
      this.connected = false
      super.disconnect()
    }
  }
  class Intersections {
    targets = new Set()

    constructor(take, options) {
      if (options.rootMargin === 'wrong') throw new SyntaxError('rootMargin must be in pixels or percent')
      this.take = take
      this.options = options
      made.intersection.push(this)
    }

    observe(element) {
      this.targets.add(element)
    }

    unobserve(element) {
      this.targets.delete(element)
    }

    disconnect() {
      this.targets.clear()
    }
  }
  window.MutationObserver = Mutations
  if (intersects) window.IntersectionObserver = Intersections
  const { document } = window
  return {
    window,
    document,
    made,
    find: (selector) => document.querySelector(selector),
    /** Says how much of elements is in view, to every observer that watches them. */
    see(element, ...ratios) {
      for (const observer of made.intersection) {
        if (!observer.targets.has(element)) continue
        observer.take(ratios.map((ratio) => ({ target: element, isIntersecting: ratio > 0, intersectionRatio: ratio })))
      }
    },
  }
}

/** A room that is another only in that its writes are counted. */
export function counted(room) {
  const writes = []
  const handler = {
    get(target, name) {
      const value = target[name]
      if (typeof value !== 'function') return value
      return (...args) => {
        const result = value.apply(target, args)
        if (['set', 'merge', 'delete'].includes(name)) writes.push([name, ...structuredClone(args)])
        return result
      }
    },
  }
  return Object.assign(Object.create(null), { writes, room: new Proxy(room, handler) })
}

/** Resolves after the page has told its observers. */
export const told = () => new Promise((resolve) => setTimeout(resolve))
