// A page without a browser, on which components are put and looked at.

import assert from 'node:assert/strict'

import { JSDOM } from 'jsdom'

const { window } = new JSDOM('<!doctype html>', { url: 'http://localhost/' })
for (const [name, value] of Object.entries({ window, document: window.document, navigator: window.navigator })) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
}

// After the page: React looks at it when it is loaded.
const React = await import('react')
const { createRoot, hydrateRoot } = await import('react-dom/client')
const { flushSync } = await import('react-dom')
const { renderToString } = await import('react-dom/server')

export const { createElement: h, memo, startTransition, StrictMode, Suspense, useDeferredValue, useEffect, useState, Component } = React
export { flushSync, renderToString }

const pause = () => new Promise((resolve) => setTimeout(resolve, 2))

/** Resolves once this holds of the page. */
export async function sees(what, page) {
  const until = Date.now() + 10_000
  for (;;) {
    if (what()) return
    if (Date.now() > until) assert.fail(`the page never shows ${what}: ${page?.html}`)
    await pause()
  }
}

/** Waits until what was begun is on the page. */
export async function calm() {
  for (let turn = 0; turn < 10; turn += 1) await pause()
}

/** A page of its own that ends with the test, and on which React complains about nothing. */
export function open(t, options = {}) {
  const complaints = []
  const { error, warn } = console
  console.error = (...words) => complaints.push(words.map(String).join(' '))
  console.warn = console.error
  const container = window.document.createElement('div')
  window.document.body.append(container)
  const caught = []
  const handlers = { onCaughtError: (thrown) => caught.push(thrown), onUncaughtError: (thrown) => caught.push(thrown), onRecoverableError: (thrown) => complaints.push(String(thrown)) }
  let root
  const page = {
    container,
    caught,
    complaints,
    get text() { return container.textContent },
    get html() { return container.innerHTML },
    /** Shows this, and has its effects done. */
    show(element) {
      root ??= createRoot(container, handlers)
      flushSync(() => root.render(options.strict ? h(StrictMode, null, element) : element))
    },
    /** Brings what came from a server to life. */
    hydrate(html, element) {
      container.innerHTML = html
      flushSync(() => { root = hydrateRoot(container, element, handlers) })
    },
    leave() {
      flushSync(() => root?.unmount())
      root = undefined
    },
    click(selector) {
      container.querySelector(selector).dispatchEvent(new window.MouseEvent('click', { bubbles: true }))
    },
    /** Types into a field as a person does. */
    type(selector, value) {
      const field = container.querySelector(selector)
      Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value').set.call(field, value)
      field.dispatchEvent(new window.Event('input', { bubbles: true }))
    },
    sees: (what) => sees(what, page),
  }
  t.after(() => {
    page.leave()
    container.remove()
    Object.assign(console, { error, warn })
    assert.deepEqual(complaints, [])
  })
  return page
}

/** Counts how often components are rendered. */
export function counter() {
  const counts = {}
  return Object.assign((name) => { counts[name] = (counts[name] ?? 0) + 1 }, { counts, reset: () => { for (const name of Object.keys(counts)) delete counts[name] } })
}
