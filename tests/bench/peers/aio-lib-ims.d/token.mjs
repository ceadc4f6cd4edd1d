// Prints the token from the library's getToken, which caches it in AIO_CONFIG_FILE. Variables configure the context, so
// that the library writes only the token.
const { env } = process
Object.assign(env, {
  AIO_CONFIG_FILE: `${env.BENCH_CACHE}/aio`,
  AIO_IMS_CONTEXTS_BENCH_CLIENT__ID: env.BENCH_CLIENT_ID,
  AIO_IMS_CONTEXTS_BENCH_CLIENT__SECRET: env.BENCH_CLIENT_SECRET,
  AIO_IMS_CONTEXTS_BENCH_IMS__ORG__ID: env.BENCH_ORG_ID,
  AIO_IMS_CONTEXTS_BENCH_TECHNICAL__ACCOUNT__ID: env.BENCH_TECHNICAL_ACCOUNT_ID,
  AIO_IMS_CONTEXTS_BENCH_META__SCOPES: JSON.stringify(env.BENCH_METASCOPES.split(',')),
  AIO_IMS_CONTEXTS_BENCH_PRIVATE__KEY: env.BENCH_KEY
})

// It reads these variables when it is loaded.
const { default: lib } = await import('@adobe/aio-lib-ims')

// It has no setting for another host than Adobe's two, so this replaces one of its methods.
lib.Ims.prototype.getApiUrl = path => env.BENCH_IMS + path

console.log(await lib.getToken('bench'))
