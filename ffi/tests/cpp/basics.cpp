#include "syncline.hpp"
int main() { return syncline_abi_version() == SYNCLINE_ABI_VERSION ? 0 : 1; }
