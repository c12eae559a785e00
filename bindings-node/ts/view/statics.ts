/** What the engine knows of a view by number. */

import { Bindings } from './bind.js'
import { Names } from './names.js'
import { type Registrar, Templates } from './template.js'

/** The templates, names and bindings of a view. @internal */
export class Statics {
  readonly templates: Templates
  readonly names: Names
  readonly bindings: Bindings

  constructor(registrar: Registrar) {
    this.templates = new Templates(registrar)
    this.names = new Names(registrar)
    this.bindings = new Bindings(registrar, this.templates)
  }
}
