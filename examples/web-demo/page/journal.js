// What happened: each edit of this page with what became of it, and how it caught up.
import { $, el, keyed, setText } from './dom.js'

const MOST = 40
const RESUMES = { delta: 'what had changed', snapshot: 'the whole state', reset: 'the whole state, anew' }
const WORDS = { waits: 'waits', applied: 'applied', refused: 'refused', unknown: 'unknown' }

export class Journal {
  #entries = []
  #of = new WeakMap()
  #next = 0
  #list

  constructor() {
    this.#list = keyed($('log'), ({ at }) => {
      const [what, became] = [el('span', { className: 'what' }), el('span', { className: 'became' })]
      const element = el('li', {}, el('time', { dateTime: at.toISOString() }, at.toTimeString().slice(0, 8)), what, became)
      element.parts = { what, became }
      return element
    }, (element, { kind, text, detail, times }) => {
      element.className = kind
      setText(element.parts.what, times > 1 ? `${text}, ${times} times` : text)
      setText(element.parts.became, detail ?? WORDS[kind] ?? '')
    })
  }

  #add(kind, text, detail) {
    const entry = { number: this.#next += 1, at: new Date(), kind, text, detail, times: 1 }
    this.#entries = [entry, ...this.#entries].slice(0, MOST)
    return entry
  }

  // An edit of this page. Edits of a key before they are sent are one edit.
  note(edit, text) {
    const known = this.#of.get(edit)
    if (known === undefined) this.#of.set(edit, this.#add('waits', text))
    else if (known.text === text) known.times += 1
    else Object.assign(known, { text, times: 1 })
    return edit
  }

  tell(kind, text, detail) {
    this.#add(kind, text, detail)
  }

  hear(event, details) {
    if (event === 'verdict') {
      const entry = this.#of.get(details.edit) ?? this.#add('waits', 'an edit from before')
      entry.kind = details.verdict
      const { verdict } = details.edit ?? {}
      entry.detail = verdict?.kind === 'applied' ? `applied, version ${verdict.version}` : verdict?.code && `${verdict.kind}: ${verdict.code}`
    }
    if (event === 'resumed') this.tell('note', `${details.room} caught up`, RESUMES[details.resume])
    if (event === 'denied') this.tell('refused', `${details.room} is denied`, details.code)
    if (event === 'diverged') this.tell('refused', `${details.room} differed from the server’s`, 'loaded anew')
  }

  show() {
    this.#list(this.#entries, ({ number }) => number)
    $('log-empty').hidden = this.#entries.length > 0
  }
}
