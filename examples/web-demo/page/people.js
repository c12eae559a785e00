// Who is here, and what they are editing.
import { $, el, keyed, setText } from './dom.js'

const hueOf = name => [...name].reduce((sum, letter) => sum * 31 + letter.codePointAt(0), 7) % 360

export class People {
  #room
  #list

  constructor(room, name) {
    this.#room = room
    this.name = name
    room.presence.update({ name, editing: null })
    this.#list = keyed($('people'), ({ name }) => this.#make(name), (element, { count, editing, me }) => {
      const doing = editing.length > 0 ? ', editing' : ''
      element.title = `${element.name}${me ? ' (you)' : ''}${doing}`
      element.classList.toggle('busy', editing.length > 0)
      setText(element.parts.text, `${me ? 'you' : element.name}${count > 1 ? ` ×${count}` : ''}`)
    })
  }

  #make(name) {
    const text = el('span')
    const avatar = el('span', { className: 'avatar', 'aria-hidden': 'true' }, [...name][0].toUpperCase())
    avatar.style.setProperty('--hue', hueOf(name))
    const element = el('li', { className: 'person' }, avatar, text)
    element.name = name
    element.parts = { text }
    return element
  }

  // What this person is at; `null` is nothing.
  edit(key) {
    this.#room.presence.update({ editing: key })
  }

  // The names of the others who edit this.
  editing(key) {
    const editors = [...this.#room.presence.others.values()].filter(other => other?.editing === key)
    return [...new Set(editors.map(({ name }) => name))]
  }

  show() {
    const everybody = new Map([[this.name, { name: this.name, count: 1, editing: [], me: true }]])
    for (const other of this.#room.presence.others.values()) {
      if (typeof other?.name !== 'string') continue
      const person = everybody.get(other.name) ?? { name: other.name, count: 0, editing: [], me: false }
      person.count += 1
      if (other.editing) person.editing.push(other.editing)
      everybody.set(other.name, person)
    }
    this.#list([...everybody.values()], ({ name }) => name)
  }
}
