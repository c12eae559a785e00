/** The texts of the JSON parsing test suite, in the engine that pages have. */

import { readFileSync } from 'node:fs'

import * as page from '../../build/wasm/client.js'
import { checkTexts } from '../support/texts.mjs'

await page.load(readFileSync(new URL('../../build/wasm/syncline.wasm', import.meta.url)))
checkTexts(page)
