// Asks what becomes of words that two people changed, one conflict after another.
import { KEEP_MINE, KEEP_THEIRS } from 'syncline'
import { $, el, toast } from './dom.js'

const waiting = []

const side = (value, title, words, note) =>
  el('button', { type: 'submit', value, className: `side ${value}` }, el('span', { className: 'side-title' }, title),
    el('span', { className: 'words' }, words ?? '(nothing)'), el('span', { className: 'side-note' }, note))

const ask = ({ mine, base, theirs }) => new Promise(resolve => {
  const dialog = $('conflict')
  $('sides').replaceChildren(
    side('mine', 'Yours', mine, 'write it again'),
    side('theirs', 'Theirs', theirs, 'leave it as it is'),
    side('base', 'Before', base, 'as it was for both of you')
  )
  $('anew').value = mine ?? ''
  const answers = { mine: () => KEEP_MINE, theirs: () => KEEP_THEIRS, base: () => base ?? KEEP_THEIRS, anew: () => $('anew').value.trim() || KEEP_MINE }
  dialog.returnValue = ''
  dialog.addEventListener('close', () => resolve({ answer: (answers[dialog.returnValue] ?? answers.theirs)(), choice: dialog.returnValue || 'theirs' }), { once: true })
  dialog.showModal()
})

export const askAbout = async (conflict, journal) => {
  waiting.push(conflict)
  if (waiting.length > 1) return
  while (waiting.length > 0) {
    const [first] = waiting
    const { answer, choice } = await ask(first)
    waiting.shift()
    try {
      const edit = first.resolve(answer)
      if (edit !== undefined) journal.note(edit, `decided: ${choice}`)
      else journal.tell('note', `decided: ${choice}`)
    } catch (error) {
      // It went away meanwhile, such as by an edit of another tab.
      toast(error.message)
    }
  }
}
