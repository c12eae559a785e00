/** A view with a screen. */

import assert from 'node:assert/strict'

import { Screen, View } from 'syncline/views'

export const EPOCH = '0000000000000007'

/** A view with a screen, and what the frame says that brings the screen to what is rendered. */
export function pair() {
  const [view, screen] = [new View('page', { epoch: EPOCH }), new Screen()]
  const show = (value) => {
    view.render(value)
    const told = JSON.parse(view.frameJson(screen.cursor)).patch
    screen.take(view.frame(screen.cursor))
    assert.equal(screen.html(), view.html())
    assert.deepEqual(screen.cursor, view.cursor)
    return told
  }
  return { view, screen, show }
}
