// A store of syncline as a ref, as long as the component is there.
import { onScopeDispose, shallowRef } from 'vue'

export function useStore(store) {
  const value = shallowRef()
  onScopeDispose(store.subscribe((now) => { value.value = now }))
  return value
}
