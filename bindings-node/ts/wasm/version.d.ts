/** The version of the package, put in by the build. */
declare const SYNCLINE_VERSION: string
