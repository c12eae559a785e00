/** Renders at random: what a page shows is what the engine says that it shows, and nothing is touched that did not change. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { JSDOM } from 'jsdom'

import { Screen, View } from 'syncline/views'
import { Page } from '../../build/dom/page.js'
import { States } from '../view/states.mjs'
import { held, shown, write } from './html.mjs'

const STEPS = Number(process.env.STEPS ?? 200)
const SEED = Number(process.env.SEED ?? 1)

const { document } = new JSDOM('<body></body>').window

/** Whether a state is one that a view can show. */
const isShown = (d) => 't' in d || 'h' in d

/** A page of a screen, which does what the screen says. */
class Shown {
  constructor(view, screen) {
    this.view = view
    this.screen = screen
    this.element = document.createElement('div')
    this.page = new Page(this.element)
    document.body.append(this.element)
  }

  follow() {
    for (let bytes = this.screen.change(); bytes !== undefined; bytes = this.screen.change()) this.page.take(bytes)
  }

  check(what) {
    const want = document.createElement('div')
    write(want, this.screen.html())
    assert.deepEqual(shown(this.element), shown(want), what)
    const [screen, fresh] = [new Screen(), document.createElement('div')]
    screen.take(this.view.frame())
    new Page(fresh).take(screen.change())
    assert.deepEqual(held(this.element), held(fresh), what)
  }
}

for (const hasElements of [false, true]) {
  test(`a page shows what is rendered${hasElements ? ', of elements and bindings too' : ''}`, () => {
    const states = new States(SEED, hasElements)
    for (let step = 0; step < STEPS; ) {
      const [view, screen] = [new View('page'), new Screen()]
      const shown = new Shown(view, screen)
      let d = states.root()
      for (let left = 5 + states.rnd(60); left > 0; left -= 1, step += 1) {
        const next = states.rnd(40) === 0 ? states.root() : states.mutate(d)
        if (!isShown(next)) continue
        d = next
        view.render(states.value(d))
        if (states.rnd(4) === 0) continue
        screen.take(view.frame(screen.cursor))
        shown.follow()
        shown.check(`step ${step}`)
      }
      shown.element.remove()
    }
  })
}

test('what a page has already is taken over', () => {
  const states = new States(SEED, true)
  let made = 0
  for (let step = 0; step < STEPS / 10; step += 1) {
    const [view, screen] = [new View('page'), new Screen()]
    const page = new Shown(view, screen)
    let d = states.root()
    view.render(states.value(d))
    write(page.element, view.html())
    const there = new Set(page.element.querySelectorAll('*'))
    screen.take(view.frame(screen.cursor))
    page.follow()
    page.check(`step ${step}`)
    for (const element of page.element.querySelectorAll('*')) if (!there.delete(element)) made += 1
    for (let more = 0; more < 5; more += 1) {
      const next = states.mutate(d)
      if (!isShown(next)) continue
      d = next
      view.render(states.value(d))
      screen.take(view.frame(screen.cursor))
      page.follow()
      page.check(`step ${step}, ${more} later`)
    }
    // Another server renders the same, and something else.
    const other = new View('page')
    const next = states.mutate(d)
    other.render(states.value(states.rnd(2) && isShown(next) ? next : d))
    screen.take(other.frame(screen.cursor))
    page.view = other
    page.follow()
    page.check(`step ${step}, anew`)
    page.element.remove()
  }
  assert.ok(made <= STEPS / 100, `${made} elements were made anew`)
})
