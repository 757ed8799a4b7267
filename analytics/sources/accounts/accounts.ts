import { type Account, ListAccountsCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { ACCOUNTS } from '../../lake/collected-tables.ts';
import { callAws, listAll } from '../aws-call.ts';
import type { AwsSession } from '../aws-session.ts';
import { writeWindow } from '../aws-window.ts';
import type { Collector } from '../collector.ts';
import { addDays, toDay } from '../days.ts';

/** Every account of the organization that the session's account leads or administers. */
export function listOrganizationAccounts(session: AwsSession, region: string): Promise<Account[]> {
  return listAll({
    what: 'accounts of the organization',
    fetch: (token) =>
      callAws(session, () =>
        session
          .client(OrganizationsClient, region)
          .send(new ListAccountsCommand(token === undefined ? {} : { NextToken: token })),
      ),
    token: (page) => page.NextToken,
    items: (page) => page.Accounts,
    key: (account) => account.Id ?? '',
  });
}

/** Names and states of the organization's accounts, once a day. E-mail addresses are not kept. */
export const accountsCollector: Collector = {
  async plan({ clock, payerAccountId }) {
    const today = toDay(clock());
    return [{ source: 'accounts', accountId: payerAccountId, from: today, to: addDays(today, 1) }];
  },

  async collect(context, { accountId: payerAccountId }) {
    const observedAt = context.clock();
    const accounts = await listOrganizationAccounts(context.session(payerAccountId), context.homeRegion);
    const rows = accounts.map(({ Id, Name, State, Status, JoinedTimestamp }) => ({
      payer_account_id: payerAccountId,
      account_id: Id ?? '',
      account_name: Name ?? null,
      status: State ?? Status ?? null,
      joined_at: JoinedTimestamp?.toISOString() ?? null,
      observed_at: observedAt.toISOString(),
    }));
    const rowCount = await writeWindow(context, {
      schema: ACCOUNTS,
      scope: `accounts/${payerAccountId}`,
      pulledAt: observedAt,
      partitions: new Map([[toDay(observedAt), rows]]),
    });
    return { rowCount, warnings: [] };
  },
};
