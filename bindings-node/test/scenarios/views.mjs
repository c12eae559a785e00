/** The steps with views and screens: what is rendered, what is told of it, and what is shown. */

import { handleOf, roomOf } from './client.mjs'
import { number } from './edits.mjs'
import { bytes, Vain } from './link.mjs'
import { Drawing } from './drawing.mjs'
import { roomNumber, serverOf } from './server.mjs'

const hex = (told) =>
  told.length === 0 ? '-' : Array.from(told, (byte) => byte.toString(16).padStart(2, '0')).join('')
const epochOf = (word) => BigInt(word).toString(16).padStart(16, '0')
const told = ({ epoch, revision }) => `${BigInt(`0x${epoch}`)} ${revision}`
const optional = (word) => (word === '-' ? undefined : word)

function named(all, name, what) {
  const found = all.get(name)
  if (found === undefined) throw new Vain(`${name}: no such ${what}`)
  return found
}

const viewOf = (world, name) => named(world.views, name, 'view')
const screenOf = (world, name) => named(world.screens, name, 'screen')

/** The pieces of markup between which its slots are. */
function piecesOf(world, markup) {
  const pieces = ['']
  for (const [part] of markup.matchAll(/\{\{|\}\}|\{\w+\}|[{}]|[^{}]+/gu)) {
    if (part === '{' || part === '}') throw new world.engine.SynclineError('InvalidArgument', 'a slot as {name}', part)
    if (part === '{{' || part === '}}') pieces.push(`${pieces.pop()}${part[0]}`)
    else if (part[0] === '{') pieces.push('')
    else pieces.push(`${pieces.pop()}${part}`)
  }
  return pieces
}

function ofView(what, use) {
  return (world, words) => {
    const it = viewOf(world, words.next())
    const answer = world.told(() => use(world, it, words))
    if (answer !== undefined) world.print(`${what} ${answer}`)
  }
}

/** A template by its markup, under its number. */
function template(world, it, words) {
  const { backend, number: numberOf } = world.engine.views
  const pieces = piecesOf(world, words.next())
  const [id] = backend.viewTemplate(it.view[numberOf], pieces)
  if (!it.templates.has(id)) it.templates.set(id, Object.assign(pieces, { raw: pieces }))
  return id
}

function binding(world, it, words) {
  const { backend, number: numberOf } = world.engine.views
  const json = words.next()
  const id = backend.viewBind(it.view[numberOf], json)
  it.bindings.set(id, JSON.parse(json))
  return id
}

function absorb(world, it, words) {
  const { backend, number: numberOf } = world.engine.views
  const drafts = words.rest().map(bytes)
  const all = Uint8Array.from(drafts.flatMap((draft) => [...draft]))
  backend.viewAbsorb(
    it.view[numberOf],
    all,
    drafts.map((draft) => draft.length),
  )
  return it.view.cursor.revision
}

function render(_world, { view }, words) {
  view.renderJson(words.next())
  return view.cursor.revision
}

/** Through `html`, `each`, `h` and `bind`, as far as these can say it. */
function draw(world, it, words) {
  it.view.render(new Drawing(world.engine, it).draw(words))
  return it.view.cursor.revision
}

function newView(world, words) {
  const name = words.next()
  const view = new world.engine.views.View(name, { epoch: epochOf(words.next()) })
  world.views.set(name, { view, templates: new Map(), bindings: new Map() })
}

function newScreen(world, words) {
  const [name, of] = [words.next(), words.next()]
  viewOf(world, of)
  world.screens.set(name, { of, screen: new world.engine.views.Screen() })
}

function ofScreen(use) {
  return (world, words) => {
    const it = screenOf(world, words.next())
    world.told(() => use(world, it, words))
    for (let change = it.screen.change(); change !== undefined; change = it.screen.change())
      world.print(`change ${hex(change)}`)
  }
}

function tell(world, { screen, of }) {
  const frame = viewOf(world, of).view.frame(screen.cursor)
  world.print(`frame ${hex(frame)}`)
  screen.take(frame)
}

function predict(world, { screen }, words) {
  const [edit, room, key] = [number(words.next()), optional(words.next()), words.next()]
  screen.predict(edit, key, new world.engine.JsonText(words.next()), room)
}

function observe(world, { screen }, words) {
  const [room, key] = [optional(words.next()), words.next()]
  const [before, after] = [words.next(), words.next()].map((word) => new world.engine.JsonText(word))
  screen.observe(key, before, after, room)
}

/** A client begins to watch a view of a room. */
function watch(world, words) {
  const client = world.client(words.next())
  const room = roomOf(client, words.next())
  const view = world.told(() => viewsOf(world, client).watch(room, words.next()))
  if (view !== undefined) world.print(`view ${view}`)
  world.pump()
}

function unwatch(world, words) {
  viewsOf(world, world.client(words.next())).unwatch(number(words.next()))
  world.pump()
}

function viewsOf(world, client) {
  return new world.engine.views.ClientViews(handleOf(client))
}

/** The host answers for a view of a room. */
function answer(use) {
  return (world, words) => {
    const [handle, room, name] = [serverOf(world), roomNumber(world, words.next()), words.next()]
    world.told(() => use(handle, room, name, words, world))
    world.pump()
  }
}

function show(handle, room, name, words, world) {
  read(handle, room, name, words)
  handle.roomShow(room, name, viewOf(world, name).view)
}

/** What is being rendered reads these rooms. */
function read(handle, room, name, words) {
  for (const other of words.rest()) handle.roomOpenForView(room, name, other)
}

/** What pages of a client have to do now. */
export function printChanges(world, client, { view }) {
  const views = viewsOf(world, client)
  for (let change = views.change(view); change !== undefined; change = views.change(view)) world.print(`change ${hex(change)}`)
}

/** The steps, by their verbs. */
export const VIEW_STEPS = {
  watch,
  unwatch,
  read: answer(read),
  show: answer(show),
  keepview: answer((handle, room, name) => handle.roomKeepView(room, name)),
  endview: answer((handle, room, name, words) => handle.roomEndView(room, name, words.next())),
  touchview: answer((handle, room, name) => handle.roomTouchView(room, name)),
  view: newView,
  screen: newScreen,
  template: ofView('number', template),
  binding: ofView('number', binding),
  render: ofView('revision', render),
  absorb: ofView('revision', absorb),
  draw: ofView('revision', draw),
  tell: ofScreen(tell),
  forge: ofScreen((_world, { screen }, words) => screen.take(Uint8Array.from(bytes(words.next())))),
  predict: ofScreen(predict),
  observe: ofScreen(observe),
  settled: ofScreen((_world, { screen }, words) => screen.settle(number(words.next()))),
  undone: ofScreen((_world, { screen }, words) => screen.undo(number(words.next()))),
}

const QUESTIONS = {
  watchedhtml: (world, name, words) => viewsOf(world, world.client(name)).html(number(words.next())),
  watchedmetric(world, name, words) {
    const [view, member] = [number(words.next()), words.next()]
    return String(viewsOf(world, world.client(name)).metrics(view)[member])
  },
  viewhtml: (world, name) => viewOf(world, name).view.html(),
  viewjson: (world, name) => viewOf(world, name).view.json(),
  viewcursor: (world, name) => told(viewOf(world, name).view.cursor),
  wholejson: (world, name) => viewOf(world, name).view.frameJson(),
  framejson(world, name) {
    const { of, screen } = screenOf(world, name)
    return viewOf(world, of).view.frameJson(screen.cursor)
  },
  screenhtml: (world, name) => screenOf(world, name).screen.html(),
  screencursor: (world, name) => told(screenOf(world, name).screen.cursor),
  predictions: (world, name, words) => String(screenOf(world, name).screen.metrics()[words.next()]),
}

/** The answer to a question about views and screens; undefined if it is about something else. */
export function askViews(world, question, words) {
  return Object.hasOwn(QUESTIONS, question) ? QUESTIONS[question](world, words.next(), words) : undefined
}

/** Ends the views and the screens of a scenario. */
export function endViews(world) {
  for (const { view } of world.views.values()) view.close()
  for (const { screen } of world.screens.values()) screen.close()
}
