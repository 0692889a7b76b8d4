import { TimelineTab } from '~/features/timeline/timeline-tab.tsx';

export default TimelineTab;
