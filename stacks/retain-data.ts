/** What holds data or guards it: buckets with their settings, and keys. */
const DATA = /^aws:(s3\/bucket(?!Object|Notification)|kms\/key:)/;

/** Unless data is to be removed, a teardown leaves buckets as they are: versioned, encrypted, closed, readable. */
export function retainData(): void {
  if ($app.removal === 'remove') return;
  $util.runtime.registerStackTransformation((resource) => {
    if (!DATA.test(resource.type)) return undefined;
    return { props: resource.props, opts: { ...resource.opts, retainOnDelete: true } };
  });
}
