// Elements, and lists of them whose elements stay while what they show changes: what has the focus keeps it.
const PATHS = {
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  cross: 'M4 4l8 8M12 4l-8 8',
  up: 'M8 13V3M4 7l4-4 4 4',
  down: 'M8 3v10M4 9l4 4 4-4',
  grip: 'M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01'
}

export const $ = id => document.getElementById(id)

// An element with these properties, listeners (`onclick`) and attributes (with a hyphen, or `role`).
export const el = (tag, props = {}, ...children) => {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props)) {
    if (name.includes('-') || name === 'role') element.setAttribute(name, value)
    else element[name] = value
  }
  element.append(...children)
  return element
}

const svg = (box, inside) => {
  const span = el('span', { className: 'svg' })
  span.innerHTML = `<svg viewBox="0 0 ${box} ${box}" aria-hidden="true" focusable="false">${inside}</svg>`
  return span.firstChild
}

export const icon = name => svg(16, `<path d="${PATHS[name]}" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>`)

// The drawing of a good: markup of the catalogue's package, not of anybody here.
export const drawing = inside => svg(32, inside)

export const iconButton = (name, label, onclick, className = 'icon') =>
  el('button', { type: 'button', className, title: label, 'aria-label': label, onclick }, icon(name))

// Shows a list in an element: `make(item)` gives an element once for each key, `update(element, item, index)` brings it up to date.
export const keyed = (parent, make, update) => {
  const shown = new Map()
  return (items, keyOf) => {
    const left = new Set(shown.keys())
    let before = null
    items.forEach((item, index) => {
      const key = keyOf(item)
      left.delete(key)
      const element = shown.get(key) ?? make(item)
      shown.set(key, element)
      update(element, item, index)
      // Moved only where it has to be: what is moved loses the focus.
      const place = before === null ? parent.firstChild : before.nextSibling
      if (element !== place) parent.insertBefore(element, place)
      before = element
    })
    for (const key of left) {
      shown.get(key).remove()
      shown.delete(key)
    }
  }
}

export const setText = (element, text) => element.textContent === text || (element.textContent = text)

// Lights an element up for a moment.
export const flash = (element, name = 'flash') => {
  element.classList.remove(name)
  void element.offsetWidth // so that it begins anew
  element.classList.add(name)
}

export const toast = (text, kind = 'note') => {
  const element = el('div', { className: `toast ${kind}` }, text)
  $('toasts').append(element)
  setTimeout(() => element.remove(), 7000)
}
