import { ReviewTab } from '~/features/review/review-tab.tsx';
import { useRequestDetail } from '~/features/requests/request-context.ts';

export default function RequestReview() {
  return <ReviewTab request={useRequestDetail()} />;
}
