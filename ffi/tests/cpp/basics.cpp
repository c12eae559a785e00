// The least that shows that the C++ header and the library belong together.
#include "syncline.hpp"

int main() {
    syncline::result<syncline::edits> edits = syncline::edits::make();
    return edits && edits->count() == 0 ? 0 : 1;
}
