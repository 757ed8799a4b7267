/**
 * Every function's role: assumed by Lambda alone, holding only what its function was given. SST lets the account's root
 * assume it too when it runs in `dev` mode, and attaches a policy that may write every log group.
 */
export function restrictRoles(): void {
  $transform(sst.aws.Function, (args) => {
    // A function that runs on a laptop in its place would need SST's wide permissions.
    args.dev = false;
    args.transform = {
      ...args.transform,
      role: (role) => {
        role.assumeRolePolicy = JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
          ],
        });
        role.managedPolicyArns = [];
      },
    };
  });
}
