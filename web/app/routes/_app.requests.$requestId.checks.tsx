import { ChecksTab } from '~/features/checks/checks-tab.tsx';
import { useRequestDetail } from '~/features/requests/request-context.ts';

export default function RequestChecks() {
  return <ChecksTab request={useRequestDetail()} />;
}
