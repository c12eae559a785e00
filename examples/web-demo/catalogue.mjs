// The goods: food and drink of a published set of pictures, with the names and the drawings that it gives them.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const read = name => JSON.parse(readFileSync(require.resolve(`@iconify-json/fluent-emoji-flat/${name}.json`), 'utf8'))

const titled = id => {
  const words = id.replaceAll('-', ' ')
  return words[0].toUpperCase() + words.slice(1)
}

// In the order of names; each with its drawing as the inside of an SVG element of 32 by 32.
export const catalogue = () => {
  const { icons } = read('icons')
  const ids = read('metadata').categories['Food & Drink'].filter(id => id in icons)
  return ids.sort().map(id => ({ id, name: titled(id), drawing: icons[id].body }))
}

// The set has no numbers: how many there are to begin with is made of the name, the same in every language.
export const stockOf = id => 3 + [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 10
