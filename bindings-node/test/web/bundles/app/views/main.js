import { connect } from 'syncline'
import { mount } from 'syncline/views'

import { show } from './show.js'

globalThis.show = async (url) => show(await connect(url, { token: 'ada' }), mount)
