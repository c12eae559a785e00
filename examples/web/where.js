// Where the server is and who this is, by the address of the page: ?name=ada, and &url=ws://… for a server elsewhere.
const asked = new URLSearchParams(location.search)
const name = asked.get('name')

export const url = asked.get('url') ?? `${location.origin.replace(/^http/, 'ws')}/sync`

// What is stored belongs to one person: all tabs with the same name share it, and are one client.
export const options = { token: name ?? 'guest', ...(name !== null && { storage: `todo-${name}` }) }
