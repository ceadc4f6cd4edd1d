// Prints the token that the library's getToken returns, which caches it in the file of AIO_CONFIG_FILE. The context is
// configured by variables, so that the token is all that has to be written.
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

// It reads those variables as it is loaded.
const { default: lib } = await import('@adobe/aio-lib-ims')

// It knows Adobe's two hosts and has no setting for another, so this method is the one thing that is not its own.
lib.Ims.prototype.getApiUrl = path => env.BENCH_IMS + path

console.log(await lib.getToken('bench'))
