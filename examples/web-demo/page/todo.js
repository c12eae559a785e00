// The to-do list: an order that anybody may change, and words that nobody writes over unseen.
import { $, el, flash, icon, iconButton, keyed } from './dom.js'

export const showTodo = (todo, journal, people) => {
  const items = () => todo.get('items', [])
  const indexOf = id => items().findIndex(item => item.id === id)
  const titleOf = id => todo.get(`title/${id}`, '')
  const rows = new Map()

  const add = title => {
    const id = crypto.randomUUID().slice(0, 8)
    const edit = todo.batch(batch => {
      batch.set(`title/${id}`, title)
      batch.insert('items', items().length, { id, done: false })
    })
    journal.note(edit, `“${title}” is to be done`)
  }
  const rename = (id, title) => {
    if (title !== '' && title !== titleOf(id)) journal.note(todo.set(`title/${id}`, title), `now “${title}”`)
  }
  const check = (id, done) => journal.note(todo.replace('items', indexOf(id), { id, done }), `“${titleOf(id)}” is ${done ? 'done' : 'not done'}`)
  const move = (id, to) => {
    if (to >= 0 && to < items().length && to !== indexOf(id)) journal.note(todo.move('items', indexOf(id), to), `“${titleOf(id)}” moved to place ${to + 1}`)
  }
  // Its words stay: whoever is editing them need not hear of a conflict about what is gone.
  const remove = id => journal.note(todo.remove('items', indexOf(id)), `“${titleOf(id)}” taken out`)

  const make = ({ id }) => {
    const done = el('input', { type: 'checkbox', onchange: () => check(id, done.checked) })
    const title = el('input', {
      className: 'title',
      maxLength: 120,
      'aria-label': 'What is to be done',
      onfocus: () => people.edit(`title/${id}`),
      onblur: () => {
        people.edit(null)
        rename(id, title.value.trim())
        title.value = titleOf(id)
      },
      onkeydown: event => {
        if (event.key === 'Enter') title.blur()
        if (event.key === 'Escape') {
          title.value = titleOf(id)
          title.blur()
        }
        if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
          event.preventDefault()
          move(id, indexOf(id) + (event.key === 'ArrowUp' ? -1 : 1))
          title.focus()
        }
      }
    })
    const who = el('span', { className: 'who' })
    const up = iconButton('up', 'Move up', () => move(id, indexOf(id) - 1))
    const down = iconButton('down', 'Move down', () => move(id, indexOf(id) + 1))
    const grip = el('span', { className: 'grip', draggable: true, title: 'Drag, or Alt and an arrow key' }, icon('grip'))
    const tools = el('div', { className: 'tools' }, up, down, iconButton('cross', 'Take out', () => remove(id)))
    const row = el('li', { className: 'row task' }, grip, done, el('div', { className: 'what' }, title, who), tools)
    grip.addEventListener('dragstart', event => {
      event.dataTransfer.setData('text/plain', id)
      event.dataTransfer.setDragImage(row, 10, 10)
      row.classList.add('dragged')
    })
    grip.addEventListener('dragend', () => row.classList.remove('dragged'))
    row.addEventListener('dragover', event => {
      event.preventDefault()
      row.classList.add('over')
    })
    row.addEventListener('dragleave', () => row.classList.remove('over'))
    row.addEventListener('drop', event => {
      event.preventDefault()
      row.classList.remove('over')
      const moved = event.dataTransfer.getData('text/plain')
      if (rows.has(moved)) move(moved, indexOf(id))
    })
    row.parts = { done, title, who, up, down }
    rows.set(id, row)
    return row
  }
  const update = (row, { id, done }, index) => {
    const { title, who, up, down } = row.parts
    row.parts.done.checked = done
    row.parts.done.setAttribute('aria-label', `Done: ${titleOf(id)}`)
    if (document.activeElement !== title) title.value = titleOf(id)
    const editors = people.editing(`title/${id}`)
    who.textContent = editors.length > 0 ? `${editors.join(', ')} ${editors.length > 1 ? 'are' : 'is'} editing …` : ''
    up.disabled = index === 0
    down.disabled = index === items().length - 1
    row.classList.toggle('done', done)
  }
  const list = keyed($('todo'), make, update)
  $('new').addEventListener('submit', event => {
    event.preventDefault()
    const title = $('new-title').value.trim()
    if (title !== '') add(title)
    $('new-title').value = ''
  })
  $('new-title').addEventListener('focus', () => people.edit('items'))
  $('new-title').addEventListener('blur', () => people.edit(null))

  return {
    show() {
      list(items(), ({ id }) => id)
      $('todo-empty').hidden = items().length > 0
    },
    hear(event, { keys, origin }) {
      if (event !== 'change' || origin !== 'remote') return
      for (const key of keys) if (key.startsWith('title/') && rows.has(key.slice(6))) flash(rows.get(key.slice(6)))
    }
  }
}
