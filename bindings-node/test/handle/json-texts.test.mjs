/** The texts of the JSON parsing test suite, in Node. */

import * as native from '../../dist/esm/handle.js'
import { checkTexts } from '../support/texts.mjs'

checkTexts(native)
