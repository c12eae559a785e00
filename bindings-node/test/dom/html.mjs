/** HTML as the engine writes it, read without the rules by which parsers repair what people write; and pages in one form. */

const VOID = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '))
const RAW = new Set(['script', 'style'])
const ENTITIES = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#13;': '\r' }
const SVG = 'http://www.w3.org/2000/svg'

const plain = (text) => text.replace(/&(?:amp|lt|gt|quot|#13);/g, (entity) => ENTITIES[entity])

/** Puts what HTML says into an element. */
export function write(element, html) {
  const document = element.ownerDocument
  const open = [element]
  const pieces = html.matchAll(/<!---->|<\/([^>]+)>|<([a-zA-Z][^\s>]*)((?: [^\s=]+="[^"]*")*)>|([^<]+)/g)
  let at = 0
  for (const [whole, end, begin, attributes, text] of pieces) {
    const around = open.at(-1)
    if (text !== undefined) around.append(RAW.has(around.localName) ? text : plain(text))
    else if (end !== undefined) open.pop()
    else if (begin === undefined) around.append(document.createComment(''))
    else {
      const isForeign = begin === 'svg' || around.namespaceURI === SVG
      const one = isForeign ? document.createElementNS(SVG, begin) : document.createElement(begin)
      for (const [, name, value] of attributes.matchAll(/ ([^\s=]+)="([^"]*)"/g)) one.setAttribute(name, plain(value))
      around.append(one)
      if (!VOID.has(begin)) open.push(one)
    }
    at += whole.length
  }
  if (at !== html.length || open.length !== 1) throw new Error(`not read: ${html.slice(at, at + 80)}`)
}

/** The properties that views of the tests have. */
const PROPERTIES = ['value', 'items', 'p', 'checked', 'disabled']

/** The properties of all that is in an element. */
export function held(element) {
  return [...element.querySelectorAll('*')].map((each) => PROPERTIES.map((name) => JSON.stringify(each[name]) ?? 'undefined').join())
}

/** What an element shows, in one form: texts beside each other are one, and nothing stands for nothing. */
export function shown(element) {
  const out = []
  let text = ''
  const flush = () => {
    if (text !== '') out.push(JSON.stringify(text.replaceAll('\0', '\ufffd')))
    text = ''
  }
  for (const node of element.childNodes) {
    if (node.nodeType === 3) text += node.data
    if (node.nodeType !== 1) continue
    flush()
    // What is a property of an element is an attribute of HTML.
    const names = node.getAttributeNames().filter((name) => !['value', 'checked', 'selected', 'disabled'].includes(name)).sort()
    out.push(`<${node.localName}${names.map((name) => ` ${name}=${JSON.stringify(node.getAttribute(name))}`).join('')}>`, ...shown(node), '</>')
  }
  flush()
  return out
}
