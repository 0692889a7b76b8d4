import { PlanTab } from '~/features/plan/plan-tab.tsx';
import { useRequestDetail } from '~/features/requests/request-context.ts';

export default function RequestPlan() {
  return <PlanTab request={useRequestDetail()} />;
}
